package import Logging
package import SignalingCore
package import SignalingRuntime
package import SignalingWire

/// Tells the log what happens in rooms, so that one pairing can be followed. Of what the peers say to each other it tells nothing.
package final class RoomLog: RoomObserver {
    private let logger: Logger
    private let alias: RoomAlias

    /// Nil where the log does not take lines of level debug: then rooms have nobody to tell, and no line is built.
    package init?(_ logger: Logger, alias: RoomAlias) {
        guard logger.logLevel <= .debug else { return nil }
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
        case .kept: message = "room kept for its mailboxes"
        case .forgotten: message = "room forgotten"
        }
        self.logger.debug(message, metadata: metadata)
    }
}
