package import ByteStreams
import FairShares
package import NIOCore
package import NetworkAddresses
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
    /// Whom what the connection holds is counted for.
    let client: ClientAddress
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
    /// The client sends nothing more; what it sent has not all been dealt with.
    private var inputHasEnded = false
    private var bytesIn = 0
    var messagesIn = 0
    /// Bytes of the client's that were dealt with while the connection was open.
    package private(set) var bytesHandled = 0
    /// What counts as held by this connection of unfinished messages.
    private(set) var countedPartialBytes = 0
    /// Of the message that is not whole yet.
    private var messageDeadline: MessageDeadline

    // Output
    var bytesOut = 0
    /// What counts as held by this connection of output that waits.
    var countedOutputBytes = 0

    // Liveness
    var liveness: Liveness
    /// The ping that was sent because somebody wants to know whether the client is alive, until its pong comes.
    var probe: UInt64?
    var timer: ExpiryToken?

    package init(
        id: ConnectionID, sink: any WebSocketSink, client: ClientAddress, context: LoopContext, settings: WebSocketSettings,
        pingSeed: UInt64 = .random(in: 0...(.max))
    ) {
        self.client = client
        self.sink = sink
        self.context = context
        self.outbox = Outbox(id: id, loop: context.loop)
        self.settings = settings
        self.openedAt = context.clock.now()
        self.reader = WebSocketReader(maxMessage: settings.maxMessage)
        self.messageDeadline = MessageDeadline(timeout: settings.messageTimeout)
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
        guard !self.isWaiting else { return self.keep(bytes) }
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
            self.sink.closes(.broken)
        }
        self.outbox.close(self.context)
        if self.countedPartialBytes > 0 { _ = self.hold(.unfinishedBytes, 0) }
        if self.countedOutputBytes > 0 { _ = self.hold(.outputBytes, 0) }
        self.context.connections.remove(self)
        self.stream = nil
        self.sink.ended(
            WebSocketSummary(
                code: code, violation: self.reader.violation, error: error, duration: self.context.clock.now() - self.openedAt,
                messagesIn: self.messagesIn,
                bytesIn: self.bytesIn, messagesOut: self.outbox.messages, bytesOut: self.bytesOut))
    }

    // MARK: - Input

    private func process(_ input: ByteBuffer, now: MonotonicTime) {
        let isOpen = if case .open = self.phase { true } else { false }
        var messages = WebSocketMessages(self, input, payload: self.context.takeMessageBuffer(), now: now)
        self.sink.received(&messages)
        self.context.giveBack(messageBuffer: &messages.payload)
        if isOpen { self.bytesHandled += input.readableBytes - messages.input.readableBytes }
        self.updateMessageDeadline(now: now)
        if messages.input.readableBytes > 0 { self.keepRest(messages.input) }
        self.countInput()
    }

    private func keepRest(_ rest: ByteBuffer) {
        if self.unread.readableBytes == 0, rest.readableBytes > Self.mostUncountedInput, rest.readableBytes > rest.readerIndex {
            // Of megabytes a turn takes a little; with a copy each time, they would be copied a hundred times.
            self.unread = rest
        } else {
            // Its own copy: a few bytes must not keep a whole read buffer. Where the connection has to wait it is the rest of a read.
            self.unread.writeImmutableBuffer(rest)
        }
    }

    /// Whether what comes in must wait: the connection has not got its side, or somebody it sends to is behind.
    private var isWaiting: Bool {
        switch self.phase {
        case .held: true
        case .open: self.pauses > 0
        case .idle, .closing, .closed: false
        }
    }

    /// Input that comes although the stream is not to read: the rest of a read, or all that a client sent that has ended its direction
    /// since. That is what the system had taken of it, and no more than this.
    private static let mostKept = 8 * 1024 * 1024
    /// Past this it counts with the bytes of unfinished messages, so that all connections together keep only so much.
    private static let mostUncountedInput = 256 * 1024

    private func keep(_ bytes: ByteBuffer) {
        guard self.unread.readableBytes + bytes.readableBytes <= Self.mostKept else {
            self.stream?.close()
            return
        }
        self.unread.writeImmutableBuffer(bytes)
        self.countInput()
    }

    /// What the client sent before is dealt with as those take it whom it was sent to; then the connection ends.
    package func inputEnded() -> Bool {
        guard case .open = self.phase, self.pauses > 0, self.unread.readableBytes > 0 else { return false }
        self.inputHasEnded = true
        return true
    }

    /// Whether a message has begun to arrive and is not whole.
    package var hasUnfinishedMessage: Bool { self.reader.unfinishedMessage != nil }

    /// What was kept while the connection had to wait comes before what is read next.
    func processKept() {
        guard !self.isWaiting else { return }
        if self.unread.readableBytes > 0 { self.processUnread(now: self.context.clock.now()) }
        if self.inputHasEnded, !self.isWaiting { self.stream?.close() }
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
        self.processKept()
        self.updateReading()
    }

    /// Many connections with a large message each that never ends would take all memory, so those share a bound.
    private func updateMessageDeadline(now: MonotonicTime) {
        let unfinished = self.reader.unfinishedMessage
        // Mostly a read ends where a message does.
        if unfinished == nil, !self.messageDeadline.isSet { return }
        if self.messageDeadline.update(unfinished: unfinished, now: now) { self.scheduleTimer() }
    }

    private func countInput() {
        let kept = self.unread.readableBytes
        let bytes = self.reader.bufferedBytes + (kept > Self.mostUncountedInput ? kept : 0)
        if bytes == self.countedPartialBytes { return }
        // What it held was given back when it ended.
        if case .closed = self.phase { return }
        self.countedPartialBytes = bytes
        let condemned = self.hold(.unfinishedBytes, bytes)
        condemned?.order(self.context, evenIfSealed: true) { $0.givesUpMessage = true }
    }

    /// Others need the memory, or the message has taken its time. Looking for the client's close would mean to go on keeping its message, so
    /// nothing more of it is understood.
    func giveUpMessage(_ code: CloseCode, reason: String? = nil) {
        self.reader.abandon()
        self.unread = ByteBuffer()
        self.updateMessageDeadline(now: self.context.clock.now())
        self.countInput()
        self.beginClose(code, reason: reason, afterViolation: true)
        self.drainOutbox()
    }

    func isMessageLate(now: MonotonicTime) -> Bool { self.messageDeadline.isOver(now: now) }

    /// Counts what the connection holds; the result is whose memory has to be given up for it.
    func hold(_ resource: SharedResource, _ bytes: Int) -> Outbox? {
        // Only outboxes hold something there.
        self.settings.shares.hold(resource, bytes, by: self.outbox, for: self.client) as? Outbox
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
        // Time spent not reading is not silence, and no fault of a message's that has not all come in.
        let now = self.context.clock.now()
        if self.mayRead { self.liveness.heard(now: now) }
        self.messageDeadline.setReading(self.mayRead, now: now)
        if self.mayRead, self.reader.unfinishedMessage != nil { self.scheduleTimer() }
        stream.isReading = self.mayRead
    }

    /// Reads no further until the outbox is ordered to resume, once for each time that this was called. Belongs behind every append that
    /// says that its sender must wait.
    package func pauseReading() { self.changePauses(by: 1) }

    func changePauses(by difference: Int) {
        self.pauses += difference
        assert(self.pauses >= 0, "an order to resume without a pause")
        if difference < 0 { self.processKept() }
        self.updateReading()
    }

    // MARK: - Timer

    func scheduleTimer() {
        let deadline: MonotonicTime
        switch self.phase {
        case .idle, .closed: return
        case .held(let until): deadline = until
        case .closing(let handshake): deadline = handshake.deadline
        case .open: deadline = self.messageDeadline.sooner(than: self.liveness.nextWake(now: self.context.clock.now()))
        }
        if let timer = self.timer, self.context.timers.reschedule(timer, at: deadline) { return }
        self.timer = self.context.timers.schedule(self, at: deadline)
    }
}
