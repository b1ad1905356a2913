package import ByteStreams
package import NIOCore
import TimeKeeping
package import WebSocketCore

/// One WebSocket connection, from the end of the opening handshake on: reads frames, hands messages to its sink, sends what its outbox
/// holds, sees to it that the client is alive, and closes. Everything happens on its stream's event loop.
package final class WebSocketConnection: StreamDriver {
    enum Phase {
        /// Before the stream is there.
        case idle
        /// Nothing is read until an order releases it.
        case held(until: MonotonicTime)
        case open
        case closing(CloseHandshake)
        case closed
    }

    package let context: LoopContext
    let settings: WebSocketSettings
    package let sink: any WebSocketSink
    package let outbox: Outbox
    private let openedAt: MonotonicTime

    var phase = Phase.idle
    var stream: (any ByteStream)?
    package var place = ConnectionPlace()

    // Input
    var reader: WebSocketReader
    /// Bytes that are not a whole header yet, or that nobody may read yet.
    private var unread = ByteBuffer()
    /// How many slow receivers it waits for; while there are any, no message is read.
    private(set) var pauses = 0
    private var bytesIn = 0
    var messagesIn = 0
    /// What the server-wide count of partial messages holds for this connection.
    private var countedPartialBytes = 0

    // Output
    var bytesOut = 0

    // Liveness
    var liveness: Liveness
    /// The ping that was sent because somebody wants to know whether the client is alive, until its pong comes.
    var probe: UInt64?
    var timer: ExpiryToken?

    package init(
        id: ConnectionID, sink: any WebSocketSink, context: LoopContext, settings: WebSocketSettings,
        pingSeed: UInt64 = .random(in: 0...(.max))
    ) {
        self.sink = sink
        self.context = context
        self.outbox = Outbox(id: id, loop: context.loop)
        self.settings = settings
        self.openedAt = context.clock.now()
        self.reader = WebSocketReader(maxMessage: settings.maxMessage)
        self.liveness = Liveness(heartbeat: settings.heartbeat, seed: pingSeed, now: self.openedAt)
    }

    /// Where the connection stands.
    package enum Progress: Sendable, Equatable { case held, open, closing, over }

    package var progress: Progress {
        switch self.phase {
        case .held: .held
        case .open: .open
        case .closing: .closing
        case .idle, .closed: .over
        }
    }

    // MARK: - Stream events

    package func opened(on stream: any ByteStream) {
        self.stream = stream
        self.outbox.open(for: self)
        self.sink.observed(.opened)
        self.begin(self.sink.opened(self))
        // A server that is about to end says so to newcomers too.
        self.context.connections.insert(self)
        self.updateReading()
        self.scheduleTimer()
        // With nothing queued the response to the upgrade still waits in the stream; otherwise it goes along.
        if !self.outbox.isPending { stream.flush() }
    }

    private func begin(_ opening: WebSocketOpening) {
        // The sink may have closed it already.
        guard case .idle = self.phase else { return }
        switch opening {
        case .open(let paused):
            if paused { self.pauses += 1 }
            self.phase = .open
        case .held(let end): self.phase = .held(until: end)
        case .refused(let code): self.beginClose(code)
        }
    }

    package func received(_ bytes: ByteBuffer) {
        self.bytesIn += bytes.readableBytes
        let now = self.context.clock.now()
        self.liveness.heard(now: now)
        if self.unread.readableBytes == 0 { return self.process(bytes, now: now) }
        self.unread.writeImmutableBuffer(bytes)
        self.processUnread(now: now)
    }

    package func readCompleted() {}

    package func becameWritable() { self.drainOutbox() }

    /// Who sends nothing more cannot take part in a close handshake, nor return a ping: its end is told at once.
    package var outlivesInput: Bool { false }

    package func ended(_ error: (any Error)?) {
        let phase = self.phase
        self.phase = .closed
        if let timer = self.timer { self.context.timers.cancel(timer) }
        let code: UInt16
        switch phase {
        case .closed: return
        case .closing(let handshake): code = handshake.code
        case .idle, .held, .open:
            code = 1006
            self.sink.closes()
        }
        self.outbox.close(self.context)
        _ = self.settings.partialMessages.change(by: -self.countedPartialBytes)
        self.context.connections.remove(self)
        self.stream = nil
        self.sink.ended(
            WebSocketSummary(
                code: code, error: error, duration: self.context.clock.now() - self.openedAt, messagesIn: self.messagesIn,
                bytesIn: self.bytesIn, messagesOut: self.outbox.messages, bytesOut: self.bytesOut))
    }

    // MARK: - Input

    private func process(_ input: ByteBuffer, now: MonotonicTime) {
        var messages = WebSocketMessages(self, input, payload: self.context.takeMessageBuffer(), now: now)
        self.sink.received(&messages)
        self.context.giveBack(messageBuffer: &messages.payload)
        self.countPartialMessage()
        // Its own copy: a few bytes must not keep a whole read buffer. While the connection is held this can be more, but not much: the
        // stream does not read, so it is what had been read before.
        if messages.input.readableBytes > 0 { self.unread.writeImmutableBuffer(messages.input) }
    }

    private func processUnread(now: MonotonicTime) {
        let input = self.unread
        self.unread = ByteBuffer()
        self.process(input, now: now)
    }

    /// From here on the connection is read from. What was kept while it was held comes first.
    func release() {
        guard case .held = self.phase else { return }
        self.phase = .open
        self.scheduleTimer()
        self.sink.released()
        if self.unread.readableBytes > 0 { self.processUnread(now: self.context.clock.now()) }
        self.updateReading()
    }

    /// Many connections with a large message each that never ends would take all memory, so those share a bound.
    private func countPartialMessage() {
        let difference = self.reader.bufferedBytes - self.countedPartialBytes
        if difference == 0 { return }
        // What it held was given back when it ended.
        if case .closed = self.phase { return }
        self.countedPartialBytes += difference
        guard !self.settings.partialMessages.change(by: difference), difference > 0 else { return }
        // Looking for the client's close would mean to go on keeping its message, so nothing more of it is understood.
        self.reader.abandon()
        self.countPartialMessage()
        self.beginClose(.serverFull, afterViolation: true)
        self.drainOutbox()
    }

    /// What the reader found besides messages. Not inlined: it is rare, and would slow down the reading of messages.
    @inline(never)
    func handle(_ event: WebSocketReader.Event, _ payload: ByteBuffer) {
        // The sink may have cut the connection off since.
        if case .closed = self.phase { return }
        switch event {
        case .needMore, .message: break
        case .ping:
            self.sink.observed(.ping)
            // Behind a close frame this goes nowhere, as the outbox is sealed.
            self.send(payload, .pong)
        case .pong:
            self.sink.observed(.pong)
            self.receivePong(payload)
        case .close(let code):
            self.sink.observed(.close)
            self.receiveClose(code)
        case .violation(let code):
            self.beginClose(code, afterViolation: true)
        }
    }

    private func receivePong(_ payload: ByteBuffer) {
        guard payload.readableBytes == 8, let token = payload.getInteger(at: payload.readerIndex, as: UInt64.self) else { return }
        if self.probe == token {
            // A heartbeat's ping may have followed the probe; the pong counts all the same.
            self.probe = nil
            if case .open = self.phase { self.sink.respondedToProbe() }
        }
        guard let roundTrip = self.liveness.pong(token: token, now: self.context.clock.now()) else { return }
        self.sink.observed(.roundTrip(roundTrip))
    }

    // MARK: - Reading on and off

    private var mayRead: Bool {
        switch self.phase {
        case .idle, .held: false
        case .open: self.pauses == 0
        case .closing, .closed: true
        }
    }

    func updateReading() {
        self.outbox.isReadingPaused = self.pauses > 0
        guard let stream = self.stream, stream.isReading != self.mayRead else { return }
        // Time spent not reading is not silence.
        if self.mayRead { self.liveness.heard(now: self.context.clock.now()) }
        stream.isReading = self.mayRead
    }

    /// Reads no further until the outbox is ordered to resume, once for each time that this was called. Belongs behind every append that
    /// says that its sender must wait.
    package func pauseReading() { self.changePauses(by: 1) }

    func changePauses(by difference: Int) {
        self.pauses += difference
        assert(self.pauses >= 0, "an order to resume without a pause")
        self.updateReading()
    }

    // MARK: - Timer

    func scheduleTimer() {
        let deadline: MonotonicTime
        switch self.phase {
        case .idle, .closed: return
        case .held(let until): deadline = until
        case .closing(let handshake): deadline = handshake.deadline
        case .open: deadline = self.liveness.nextWake(now: self.context.clock.now())
        }
        if let timer = self.timer, self.context.timers.reschedule(timer, at: deadline) { return }
        self.timer = self.context.timers.schedule(self, at: deadline)
    }
}
