import DequeModule
import NIOCore
package import SignalingWire
import WebSocketCore

/// What waits in the room for a connection whose queue has no space for it: frames that were held for it, what its peer has sent behind
/// them, and that peers came, left and were diagnosed meanwhile. Like mailbox items, it goes out as the queue drains.
package struct Backlog: Sendable {
    package enum Entry: Sendable, Equatable {
        case frame(HeldFrame)
        case notice(Notice)
    }

    /// What a connection is told of the room.
    package enum Notice: Sendable, Equatable {
        case roomFull
        case peerLeft
        case diagnosis(Diagnosis)

        func action(for id: ConnectionID) -> RoomAction {
            switch self {
            case .roomFull: .roomFull(id)
            case .peerLeft: .peerLeft(id)
            case .diagnosis(let diagnosis): .diagnosis(id, diagnosis)
            }
        }
    }

    /// Peers that may come, leave and be diagnosed while the connection takes nothing. More would only grow the list until the connection is
    /// closed for being slow, so it is closed at once.
    static let maxNotices = 1024

    /// An empty deque has no storage: most connections never have a backlog.
    private var entries = Deque<Entry>()
    /// As many as there are, where it is asked for each frame.
    private(set) var count = 0
    private(set) var bytes = 0
    private(set) var presences = 0
    private(set) var diagnoses = 0

    init() {}

    init(_ held: [HeldFrame]) {
        for frame in held { self.append(.frame(frame)) }
    }

    var isEmpty: Bool { self.count == 0 }
    var frames: Int { self.count - self.presences - self.diagnoses }
    /// Whether the connection has still to be told as often that a peer came or left that it ends where it began.
    var keepsPresence: Bool { self.presences.isMultiple(of: 2) }
    var isFull: Bool { self.presences + self.diagnoses > Self.maxNotices }

    mutating func append(_ entry: Entry) {
        self.entries.append(entry)
        self.count(entry, by: 1)
    }

    mutating func popFirst() -> Entry? {
        guard let entry = self.entries.popFirst() else { return nil }
        self.count(entry, by: -1)
        // What it needed is given back.
        if self.entries.isEmpty { self.entries = Deque() }
        return entry
    }

    private mutating func count(_ entry: Entry, by sign: Int) {
        self.count += sign
        switch entry {
        case .frame(let frame): self.bytes += sign * frame.payload.readableBytes
        case .notice(.roomFull), .notice(.peerLeft): self.presences += sign
        case .notice(.diagnosis): self.diagnoses += sign
        }
    }
}
