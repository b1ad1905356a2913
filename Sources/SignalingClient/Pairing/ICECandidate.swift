/// A candidate, as RTCPeerConnection has it.
public struct ICECandidate: Sendable, Hashable {
    /// `candidate:…`.
    public var candidate: String
    public var sdpMid: String?
    public var sdpMLineIndex: Int?
    public var usernameFragment: String?

    public init(candidate: String, sdpMid: String? = nil, sdpMLineIndex: Int? = nil, usernameFragment: String? = nil) {
        self.candidate = candidate
        self.sdpMid = sdpMid
        self.sdpMLineIndex = sdpMLineIndex
        self.usernameFragment = usernameFragment
    }

    /// The frame for it, or for the end of candidates.
    static func frame(_ candidate: ICECandidate?) -> JSONValue {
        guard let candidate else { return ["type": "ice", "candidate": nil] }
        var members: [String: JSONValue] = ["candidate": .string(candidate.candidate)]
        members["sdpMid"] = candidate.sdpMid.map(JSONValue.string)
        members["sdpMLineIndex"] = candidate.sdpMLineIndex.map { .number(Double($0)) }
        members["usernameFragment"] = candidate.usernameFragment.map(JSONValue.string)
        return ["type": "ice", "candidate": .object(members)]
    }
}

/// What a frame of type `ice` says, in the forms in which clients send it.
enum CandidateFrame: Hashable {
    /// Nil: the end of candidates.
    case candidate(ICECandidate?)
    /// In words what was not understood: the names of members and the types of their values, and no address.
    case unread(String)

    /// Names of the line itself; of the media section's name; of its number. The first ones are those of browsers.
    private static let lines = ["candidate", "cand", "sdp"]
    private static let mids = ["sdpMid", "mid", "sdp_mid"]
    private static let indexes = ["sdpMLineIndex", "sdpMlineIndex", "mLineIndex", "mlineindex", "sdp_mline_index", "label"]
    /// In a frame there is a candidate, and in some clients one more object around it.
    private static let mostNested = 2
    private static let mostNamed = 8
    private static let longestName = 24

    init(_ frame: JSONValue) {
        guard case .object(let members) = frame else {
            self = .unread("the frame is no object")
            return
        }
        var places = [members]
        var line = Self.member(members, Self.lines)
        for _ in 0..<Self.mostNested {
            guard case .object(let inner) = line else { break }
            places.insert(inner, at: 0)
            line = Self.member(inner, Self.lines)
        }
        if line == .null || line == "" || members.count == 1 {
            self = .candidate(nil)
            return
        }
        guard let text = line?.string else {
            self = .unread("no candidate is known among \(Self.shape(members))")
            return
        }
        let trimmed = text.trimmed.hasPrefix("a=") ? String(text.trimmed.dropFirst(2)) : text.trimmed
        guard trimmed.hasPrefix("candidate:") else {
            self = .unread("the text of a candidate does not begin with candidate: in \(Self.shape(members))")
            return
        }
        let mid = places.lazy.compactMap { Self.member($0, Self.mids)?.string }.first
        let index = places.lazy.compactMap { Self.member($0, Self.indexes)?.integer }.first { $0 >= 0 }
        // It belongs to the first media section, unless it says so.
        self = .candidate(
            ICECandidate(
                candidate: trimmed, sdpMid: mid, sdpMLineIndex: index ?? (mid == nil ? 0 : nil),
                usernameFragment: places.lazy.compactMap { Self.member($0, ["usernameFragment"])?.string }.first))
    }

    private static func member(_ object: [String: JSONValue], _ names: [String]) -> JSONValue? {
        names.lazy.compactMap { object[$0] }.first
    }

    private static func shape(_ members: [String: JSONValue]) -> String {
        let named = members.sorted { $0.key < $1.key }.prefix(Self.mostNamed).map { "\($0.key.prefix(Self.longestName)): \($0.value.kind)" }
        return "{ \((named + (members.count > Self.mostNamed ? ["…"] : [])).joined(separator: ", ")) }"
    }
}

extension JSONValue {
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        var rest = Substring(self)
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }
}
