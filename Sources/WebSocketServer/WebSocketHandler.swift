package import Logging
package import NIOCore
import NetworkAddresses
import SignalingCore
package import SignalingRuntime
import SignalingWire
import TimeKeeping
import WebSocketCore

/// One WebSocket connection, once the upgrade is done: it reads frames, asks its room what they mean, and sends what its outbox holds.
/// Everything happens on its stream's event loop.
package final class WebSocketHandler: StreamDriver {
    enum Phase {
        /// Not yet in the pipeline.
        case idle
        /// The side is taken; its holder has until the deadline to show that it lives. Nothing is read.
        case waiting(until: MonotonicTime)
        case open
        /// A close frame is on its way out; input is only searched for the client's.
        case closing(until: MonotonicTime)
        case closed
    }

    let request: ConnectionRequest
    let hub: Hub
    let loop: LoopContext
    let settings: WebSocketSettings
    let logger: Logger
    let openedAt: MonotonicTime

    var phase = Phase.idle
    var stream: (any ByteStream)?
    var outbox: Outbox?
    var membership: Membership?
    package var place = ConnectionPlace()

    // Input
    var reader: WebSocketReader
    /// Bytes that are not a whole header yet, or that nobody may read yet.
    var unread = ByteBuffer()
    /// How many slow receivers this connection waits for.
    var pauses = 0
    var telemetry = TelemetryAllowance()
    var bytesIn = 0
    var messagesIn = 0
    /// What the server-wide count of partial messages holds for this connection.
    var countedPartialBytes = 0

    // Output
    var isDraining = false
    var bytesHandedOver = 0

    // Liveness
    var liveness: Liveness
    var probeToken: UInt64?
    var timer: ExpiryToken?
    /// How the connection ended, for the log and the metrics; the first reason counts.
    var closeCode: UInt16?
    var hasReceivedClose = false
    /// The client broke the protocol: nothing it sends is understood any more, its close frame included.
    var hasViolated = false
    var isClosing = false

    package init(
        request: ConnectionRequest, hub: Hub, loop: LoopContext, settings: WebSocketSettings, logger: Logger,
        pingSeed: UInt64 = .random(in: 0...(.max))
    ) {
        self.request = request
        self.hub = hub
        self.loop = loop
        self.settings = settings
        self.logger = logger
        self.openedAt = loop.clock.now()
        self.reader = WebSocketReader(maxMessage: settings.maxMessage)
        self.liveness = Liveness(heartbeat: settings.heartbeat, seed: pingSeed, now: self.openedAt)
    }

    // MARK: - Stream events

    package func opened(on stream: any ByteStream) {
        self.stream = stream
        let outbox = Outbox(id: self.hub.nextConnectionID(), owner: self, eventLoop: self.loop.eventLoop)
        self.outbox = outbox
        self.loop.connections.insert(self)
        self.loop.metrics.count { $0.wsConnections += 1 }
        switch self.hub.rooms.join(self.request.room, side: self.request.side, sid: self.request.sid, outbox: outbox, self.loop) {
        case .full:
            self.beginClose(.serverFull)
        case .joined(_, .busy):
            self.beginClose(.policyViolation)
        case .joined(let membership, .waiting):
            self.membership = membership
            self.phase = .waiting(until: self.loop.clock.now() + RoomState.challengeTime)
        case .joined(let membership, .seated):
            self.membership = membership
            self.phase = .open
            if membership.startsWaiting() { self.pauseReading() }
        }
        self.updateReading()
        self.scheduleTimer()
        // With nothing queued the answer to the upgrade still waits in the stream; otherwise it goes along.
        if self.outbox?.isPending == false { stream.flush() }
    }

    package func received(_ bytes: ByteBuffer) { self.receive(bytes) }

    package func readCompleted() {}

    package func becameWritable() { self.drainOutbox() }

    /// Who sends nothing more cannot take part in a close handshake, nor answer a ping: the other side is to hear of it at once.
    package var outlivesInput: Bool { false }

    package func ended(_ error: (any Error)?) {
        if let error { self.logger.debug("connection failed", metadata: ["error": "\(error)"]) }
        self.finish()
    }

    /// Where the connection stands, as tests want to know it.
    package enum Standing: Sendable, Equatable { case waiting, open, ending }

    package var standing: Standing {
        switch self.phase {
        case .waiting: .waiting
        case .open: .open
        case .idle, .closing, .closed: .ending
        }
    }

    // MARK: - Reading on and off

    private var mayRead: Bool {
        switch self.phase {
        case .idle, .waiting: false
        case .open: self.pauses == 0
        case .closing, .closed: true
        }
    }

    func updateReading() {
        self.outbox?.isReadingPaused = self.pauses > 0
        guard let stream = self.stream, stream.isReading != self.mayRead else { return }
        // Time spent not reading is not silence.
        if self.mayRead { self.liveness.heard(now: self.loop.clock.now()) }
        stream.isReading = self.mayRead
    }

    func pauseReading() {
        self.pauses += 1
        self.updateReading()
    }

    // MARK: - Timer

    func scheduleTimer() {
        let now = self.loop.clock.now()
        let deadline: MonotonicTime
        switch self.phase {
        case .idle, .closed: return
        case .waiting(let until), .closing(let until): deadline = until
        case .open: deadline = self.liveness.nextWake(now: now)
        }
        if let timer = self.timer, self.loop.timers.reschedule(timer, at: deadline) { return }
        self.timer = self.loop.timers.schedule(self, at: deadline)
    }

    // MARK: - The end

    /// The channel is gone: give everything back, once.
    private func finish() {
        if case .closed = self.phase { return }
        self.phase = .closed
        if let timer = self.timer { self.loop.timers.cancel(timer) }
        self.membership?.leave(self.loop)
        self.membership = nil
        self.outbox?.close(self.loop)
        _ = self.hub.rooms.totals.changePartialBytes(by: -self.countedPartialBytes)
        self.loop.connections.remove(self)
        self.hub.connections.webSocketClosed()
        let code = self.closeCode ?? 1006
        self.loop.metrics.count { $0.wsClosed[ClosedLabel(Int(code))] += 1 }
        self.logEnd(code)
        self.stream = nil
    }

    private func logEnd(_ code: UInt16) {
        let lifetime = self.loop.clock.now() - self.openedAt
        self.logger.info(
            "connection ended",
            metadata: [
                "room": .string(self.request.room.text), "side": .string(self.request.side.name), "code": .stringConvertible(Int(code)),
                "duration_ms": .stringConvertible(lifetime.milliseconds), "messages_in": .stringConvertible(self.messagesIn),
                "bytes_in": .stringConvertible(self.bytesIn), "messages_out": .stringConvertible(self.outbox?.messages ?? 0),
                "bytes_out": .stringConvertible(self.bytesHandedOver),
                "client": .string(self.request.client.logText(full: self.settings.logsFullAddresses)),
            ])
    }
}
