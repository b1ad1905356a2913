/// An offer or an answer of two peers.
public struct PairDescription: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, Codable {
        case offer
        case answer
    }

    public var kind: Kind
    /// The text of SDP.
    public var sdp: String
    /// The offer's number, and in an answer that of the offer that it answers: a whole number from 1 to 2^53 − 1.
    public var id: Int

    public init(kind: Kind, sdp: String, id: Int) {
        self.kind = kind
        self.sdp = sdp
        self.id = id
    }
}
