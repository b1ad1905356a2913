// The member `pake` of relayed frames.

let pakeVersion = 1

enum PakeFrame {
    static let ask: JSONValue = ["type": "sender_ready", "pake": ["v": 1]]
    /// A courtesy: anybody could have said it.
    static let mismatch: JSONValue = ["type": "sender_ready", "pake": ["v": 1, "end": "mismatch"]]

    static func share(_ share: [UInt8], by: Secret.Kind) -> JSONValue {
        ["type": "sender_ready", "pake": ["v": 1, "by": .string(by.rawValue), "share": .string(base64url(share))]]
    }

    /// `share` only in what A offers before B's proof.
    static func sealed(_ description: PairDescription, n: Int, mac: [UInt8], share: [UInt8]?) -> JSONValue {
        var pake: [String: JSONValue] = ["v": 1, "n": .number(Double(n)), "mac": .string(base64url(mac))]
        if let share { pake["share"] = .string(base64url(share)) }
        let kind = JSONValue.string(description.kind.rawValue)
        return [
            "type": kind, "sdp": ["type": kind, "sdp": .string(description.sdp)], "id": .number(Double(description.id)),
            "pake": .object(pake),
        ]
    }
}

/// What is in a sealed description.
struct SealedDescription {
    let description: PairDescription
    let n: Int
    let mac: [UInt8]
    let share: [UInt8]?

    /// Nil where that is malformed. What the stack gets is the frame's type and this text alone.
    init?(_ kind: PairDescription.Kind, _ frame: JSONValue) {
        guard let pake = frame["pake"], pake["v"]?.integer == pakeVersion, let n = pake["n"]?.integer, n >= 1,
            let id = frame["id"]?.integer, id >= 1,
            let mac = bytesOfBase64url(pake["mac"]?.string, count: hashBytes),
            let sdp = frame["sdp"]?.string ?? frame["sdp"]?["sdp"]?.string
        else { return nil }
        self.description = PairDescription(kind: kind, sdp: sdp, id: id)
        self.n = n
        self.mac = mac
        self.share = bytesOfBase64url(pake["share"]?.string, count: hashBytes)
    }
}
