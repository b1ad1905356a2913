/// A frame that the server relays from one side to the other as it is.
public struct RelayedFrame: Sendable, Hashable {
    /// `offer`, `answer`, `ice` or `sender_ready`.
    public let type: String
    /// All of it.
    public let json: [UInt8]

    public static let types: Set<String> = ["offer", "answer", "ice", "sender_ready"]

    init(type: String, json: [UInt8]) {
        self.type = type
        self.json = json
    }

    /// Throws `invalid_argument` for what no server relays.
    public init(json: [UInt8]) throws(ClientError) {
        guard let members = JSONScanner.members(json, ["type"]), let place = members["type"],
            json[place].first == UInt8(ascii: "\""), let type = JSONText.string(json[place])?.asciiLowercased, Self.types.contains(type)
        else { throw ClientError(.invalidArgument, "a relayed frame is an object with offer, answer, ice or sender_ready as its type") }
        self.init(type: type, json: json)
    }

    public init(_ value: some Encodable) throws(ClientError) {
        try self.init(json: try JSONText.encode(value))
    }

    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws(ClientError) -> Value {
        do {
            return try JSONText.decode(type, from: self.json)
        } catch {
            throw ClientError(.protocolError, "the frame \(self.type) cannot be read: \(error)")
        }
    }
}

/// Why the peers do not reach each other, as the server has found out.
public struct Diagnosis: Sendable, Hashable {
    public var cause: String
    /// `A`, `B` or `both`.
    public var side: String?
    public var hint: String?
    public var advice: String?

    public init(cause: String, side: String? = nil, hint: String? = nil, advice: String? = nil) {
        self.cause = cause
        self.side = side
        self.hint = hint
        self.advice = advice
    }
}

/// An item of a mailbox.
public struct RawItem: Sendable, Hashable {
    /// Its number in the mailbox.
    public let seq: UInt64
    /// The payload, byte for byte as it was sent.
    public let json: [UInt8]

    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws(ClientError) -> Value {
        do {
            return try JSONText.decode(type, from: self.json)
        } catch {
            throw ClientError(.itemUnreadable, "item \(self.seq) is no \(type): \(error)")
        }
    }
}

extension String {
    /// Types of frames are compared without regard to case, of ASCII alone: others have letters that become these.
    var asciiLowercased: String {
        String(decoding: self.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
