package import SignalingCore
package import SignalingWire
import WebSocketCore

/// What happens in a room, as somebody follows it who watches a pairing. Frames that are relayed are no event.
package enum RoomEvent: Sendable, Equatable {
    /// A connection has the side, which was free.
    case joined
    /// A connection has the side in place of an earlier one with its sid.
    case tookOver
    /// A connection wants the side, and its holder is asked whether it is alive.
    case challenged
    /// The holder did not show that it is alive, and lost the side.
    case evicted
    /// Whoever waited for the side has it.
    case admitted
    /// The side stays with its holder: a connection that wanted it was closed.
    case turnedAway
    /// A connection without the side's token was closed: the side was opened with it.
    case lockedOut
    /// A connection that had the side without its token, or waited for it, was closed, because another has shown it.
    case expelled
    /// Both sides are here.
    case paired
    /// Frames were kept for the other side, which is not here.
    case framesHeld(Int)
    case itemStored(for: Side, bytes: Int)
    /// The side is free.
    case left
    /// Nobody is left of a pairing. Also told where not all is.
    case pairingEnded(PairingEnd)
    /// Nobody is left in the room. It is there for as long as its mailboxes are kept.
    case kept
    /// The room is gone.
    case forgotten
}

/// Is told what happens in rooms. One observer serves all loops; it is called on the one where the thing happened, outside of all locks.
package protocol RoomObserver: AnyObject, Sendable {
    /// Whether it wants to know of everything now, and not of the ends of pairings alone.
    var followsEverything: Bool { get }

    /// `side` is the one that the event is about; nil where it is about the room.
    func observed(_ event: RoomEvent, in room: RoomID, side: Side?)
}

extension RoomObserver {
    package var followsEverything: Bool { true }
}

extension RoomEvent {
    var isOfRoom: Bool {
        switch self {
        case .kept, .forgotten, .pairingEnded: true
        default: false
        }
    }

    /// What it means that a connection came.
    static func events(of outcome: JoinOutcome, _ actions: [RoomAction]) -> [RoomEvent] {
        let decided = Self.events(of: actions)
        switch outcome {
        case .seated: return decided.contains(.tookOver) ? decided : [.joined] + decided
        case .waiting: return decided
        case .busy: return [.turnedAway]
        case .locked: return [.lockedOut]
        }
    }

    /// What a room's decision means for the side that it is about.
    static func events(of actions: [RoomAction]) -> [RoomEvent] {
        var events: [RoomEvent] = []
        var told = 0
        for action in actions {
            switch action {
            case .probe: events.append(.challenged)
            case .admit: events.append(.admitted)
            case .close(_, .replaced): events.append(.tookOver)
            case .close(_, .unresponsive): events.append(.evicted)
            case .close: events.append(.turnedAway)
            case .expel: events.append(.expelled)
            case .roomFull: told += 1
            case .peerLeft, .diagnosis, .pairingEnded, .frame, .item, .mailbox, .accepted, .unstored: break
            }
        }
        // One who took over is told so alone: its side was there before.
        if told == 2 { events.append(.paired) }
        return events
    }
}
