package import Logging
package import SignalingCore
package import SignalingRuntime
package import SignalingWire
import TimeKeeping

/// Tells the log what happens in rooms, so that one pairing can be followed. Of what the peers say to each other it tells nothing.
package final class RoomLog: RoomObserver {
    private let logger: Logger
    private let alias: RoomAlias

    /// Where the log does not take lines of level debug, only the ends of pairings are told.
    package var followsEverything: Bool { self.logger.logLevel <= .debug }

    package init(_ logger: Logger, alias: RoomAlias) {
        self.logger = logger
        self.alias = alias
    }

    package func observed(_ event: RoomEvent, in room: RoomID, side: Side?) {
        var metadata: Logger.Metadata = ["room": .string(self.alias.text(room))]
        if let side { metadata["side"] = .string(side.name) }
        let message: Logger.Message
        switch event {
        case .joined: message = "joined"
        case .tookOver: message = "took over from an earlier connection with the same sid"
        case .challenged: message = "side wanted; asking its holder whether it is alive"
        case .evicted: message = "holder gave no sign of life in time; closing it"
        case .admitted: message = "waited for the side, and has it"
        case .turnedAway: message = "turned away; the side is busy"
        case .lockedOut: message = "turned away; the side needs its token"
        case .expelled: message = "closing a connection without the side's token; another has shown it"
        case .paired: message = "paired"
        case .framesHeld(let count):
            message = "frames held for the other side"
            metadata["frames"] = .stringConvertible(count)
        case .itemStored(let recipient, let bytes):
            message = "item stored"
            metadata["to"] = .string(recipient.name)
            metadata["bytes"] = .stringConvertible(bytes)
        case .left: message = "left"
        case .pairingEnded(let end): return self.log(end, metadata)
        case .kept: message = "room kept for its mailboxes"
        case .forgotten: message = "room forgotten"
        }
        self.logger.debug(message, metadata: metadata)
    }

    /// One that does not count is not told of where each counts.
    private func log(_ end: PairingEnd, _ room: Logger.Metadata) {
        var metadata = room
        metadata["outcome"] = .string(end.outcome.name)
        if let cause = end.outcome.cause { metadata["cause"] = .string(cause.name) }
        if let route = end.outcome.route { metadata["route"] = .string(route.name) }
        if let transport = end.relayTransport { metadata["relay_protocol"] = .string(transport.name) }
        if let time = end.time { metadata["time_ms"] = .stringConvertible(time.milliseconds) }
        if let candidates = end.candidatesA { metadata["candidates_a"] = .string(candidates.text) }
        if let candidates = end.candidatesB { metadata["candidates_b"] = .string(candidates.text) }
        self.logger.log(level: end.isCounted ? .info : .debug, "pairing ended", metadata: metadata)
    }
}
