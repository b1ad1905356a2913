package import EngineScripts
package import SignalingWire

/// What one node tells another, which learns it when it renews its lease.
package enum NodeNote: Sendable, Equatable {
    /// The room was taken from it.
    case taken(RoomID)
    /// It cannot be reached at its address, says the node at this one, for this reason.
    case unreached(by: String, String)

    package func call(to node: NodeID) -> NotifyCall { NotifyCall(node: node, note: self.text) }

    private var text: String {
        switch self {
        case .taken(let room): "taken \(room.text)"
        case .unreached(let address, let reason): "unreached \(address) \(reason)"
        }
    }

    /// Nil for what a later version of this may say.
    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        switch words.first {
        case "taken" where words.count == 2:
            guard let room = RoomID(words[1].utf8) else { return nil }
            self = .taken(room)
        case "unreached" where words.count == 3: self = .unreached(by: String(words[1]), String(words[2]))
        default: return nil
        }
    }
}
