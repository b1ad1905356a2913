package import ByteStreams
package import Logging
import MetricsCore
import NIOCore
import NetworkAddresses
package import SignalingCore
package import SignalingRuntime
import SignalingWire
import TimeKeeping
package import WebSocketCore
package import WebSocketServer

/// One client's place in a room, on a WebSocket connection: tells the room what the client's frames mean.
package final class SignalingSession: WebSocketSink {
    /// What all sessions share.
    package struct Services: Sendable {
        package let rooms: RoomRegistry
        package let admission: Admission
        package let logger: Logger
        /// Whether log lines carry whole client addresses.
        package let logsFullAddresses: Bool
        /// What the log calls rooms.
        package let alias: RoomAlias

        package init(rooms: RoomRegistry, admission: Admission, logger: Logger, alias: RoomAlias, logsFullAddresses: Bool) {
            self.rooms = rooms
            self.admission = admission
            self.alias = alias
            self.logger = logger
            self.logsFullAddresses = logsFullAddresses
        }
    }

    let request: ConnectionRequest
    let services: Services
    let loop: SignalingLoop
    var membership: Membership?
    var telemetry = MinuteAllowance(perMinute: MinuteAllowance.telemetry)
    var refusals = MinuteAllowance(perMinute: MinuteAllowance.refusals)
    /// Whether it was given the side.
    private var isSeated = false
    /// Whether it was refused the side for want of its token.
    private var isLockedOut = false
    /// Nil before it opens and after it ends: the two hold each other.
    private(set) var connection: WebSocketConnection?

    private init(request: ConnectionRequest, services: Services, loop: SignalingLoop) {
        self.request = request
        self.services = services
        self.loop = loop
    }

    /// The driver of an admitted client's stream.
    package static func connection(
        for request: ConnectionRequest, services: Services, settings: WebSocketSettings, loop: SignalingLoop,
        pingSeed: UInt64 = .random(in: 0...(.max))
    ) -> WebSocketConnection {
        let session = SignalingSession(request: request, services: services, loop: loop)
        return WebSocketConnection(
            id: services.rooms.nextConnectionID(), sink: session, client: request.client, context: loop.context, settings: settings,
            pingSeed: pingSeed)
    }

    // MARK: - The connection's events

    package func opened(_ connection: WebSocketConnection) -> WebSocketOpening {
        self.connection = connection
        let request = self.request
        let result = self.services.rooms.join(
            request.room, side: request.side, sid: request.sid, hasToken: request.hasToken, client: request.client,
            outbox: connection.outbox, self.loop)
        switch result {
        case .full:
            return .refused(.serverFull)
        case .lost:
            return .refused(.goingAway)
        case .joined(_, .locked):
            self.isLockedOut = true
            return .refused(.policyViolation)
        case .joined(_, .busy):
            return .refused(.policyViolation)
        case .joined(let membership, .waiting):
            self.membership = membership
            return .held(until: self.loop.clock.now() + RoomState.challengeTime)
        case .joined(let membership, .seated):
            self.membership = membership
            self.isSeated = true
            return .open(paused: membership.startsWaiting())
        }
    }

    package var passing: Passing? { self.request.passedBy.map { .by($0) } }

    package func released() {
        guard let membership = self.membership else { return }
        self.isSeated = true
        if membership.startsWaiting() { self.connection?.pauseReading() }
    }

    package func holdExpired() { self.membership?.challengeExpired(self.loop) }

    package func drained() { self.membership?.deliverMore(self.loop) }

    package func respondedToProbe() { self.membership?.holderResponded(self.loop) }

    package func goesAway(reconnectAfterMilliseconds: Int) {
        self.connection?.enqueue { ServerFrame.writeGoingAway(reconnectAfterMilliseconds: reconnectAfterMilliseconds, into: &$0) }
    }

    package func closes(_ cause: WebSocketCloseCause) {
        self.membership?.leave(Departure(cause), self.loop)
        self.membership = nil
    }

    package func closeReason(_ code: CloseCode) -> String {
        guard code == .policyViolation else { return code.reason }
        // Whoever had the side loses it so only to one who shows its token.
        return "side \(self.request.side.name) " + (self.isLockedOut || self.isSeated ? "needs its token" : "busy")
    }

    package func observed(_ event: WebSocketEvent) {
        self.loop.metrics.count {
            switch event {
            case .opened: $0.wsConnections += 1
            case .ping: $0.wsMessages[.ping] += 1
            case .pong: $0.wsMessages[.pong] += 1
            case .close: $0.wsMessages[.close] += 1
            case .roundTrip(let time): $0.wsRTT.observe(time.seconds)
            }
        }
    }

    package func ended(_ summary: WebSocketSummary) {
        self.connection = nil
        self.services.admission.connectionEnded(of: self.request.client, isPassedHere: self.request.isPassedHere)
        self.loop.metrics.count { $0.wsClosed[ClosedLabel(Int(summary.code))] += 1 }
        if let error = summary.error { self.services.logger.debug("connection failed", metadata: ["error": "\(error)"]) }
        self.services.logger.info("connection ended", metadata: self.line(of: summary))
    }

    private func line(of summary: WebSocketSummary) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "room": .string(self.services.alias.text(self.request.room)), "side": .string(self.request.side.name),
            "code": .stringConvertible(Int(summary.code)), "duration_ms": .stringConvertible(summary.duration.milliseconds),
            "messages_in": .stringConvertible(summary.messagesIn), "bytes_in": .stringConvertible(summary.bytesIn),
            "messages_out": .stringConvertible(summary.messagesOut), "bytes_out": .stringConvertible(summary.bytesOut),
            "client": .string(self.request.client.logText(full: self.services.logsFullAddresses)),
        ]
        if let violation = summary.violation {
            metadata["violation"] = .string(violation.rawValue)
            // Frames pass through it: the mistake may be its own.
            if self.request.isByProxy { metadata["via"] = "proxy" }
        }
        return metadata
    }
}

extension Departure {
    fileprivate init(_ cause: WebSocketCloseCause) {
        switch cause {
        case .client: self = .closed
        case .server(.goingAway): self = .dismissed
        case .server, .broken: self = .broken
        }
    }
}
