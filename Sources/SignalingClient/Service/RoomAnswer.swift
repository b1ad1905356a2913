/// What minting and redeeming are answered with.
package struct RoomAnswer: Decodable, Sendable {
    package var code: String?
    var appID: String
    var token: String?
    var expiresInMs: UInt64?
    var iceServers: Lenient<[Lenient<ICEServer>]>?
    var iceServersExpireInMs: UInt64?
    var iceServersRetryAfterMs: UInt64?

    /// Of those that the server names, so many are used.
    private static let mostServers = 32
    /// No server may be set to a longer life of codes (ROOM_TTL).
    private static let longestLifeMs: UInt64 = 86_400_000

    package static func read(_ response: TransportResponse, from address: ServerAddress) throws(ClientError) -> RoomAnswer {
        if let answer = try? JSONText.decode(RoomAnswer.self, from: response.body), Names.isUUID(answer.appID) { return answer }
        throw ClientError(.protocolError, "\(address.authority) did not answer as nt-backend-wrtc does")
    }

    package func room(_ side: Side) -> Room {
        var room = Room(appID: self.appID, side: side, token: self.token)
        room.iceServers = Self.servers(self.iceServers)
        room.iceServersExpireInMs = self.iceServersExpireInMs
        room.iceServersRetryAfterMs = self.iceServersRetryAfterMs
        room.expiresInMs = self.expiresInMs.map { min($0, Self.longestLifeMs) }
        return room
    }

    static func servers(_ list: Lenient<[Lenient<ICEServer>]>?) -> [ICEServer] {
        Array((list?.value ?? []).lazy.compactMap(\.value).filter { $0.urls.count <= Self.mostServers }.prefix(Self.mostServers))
    }
}

/// A value that is left out where it is none of its type: a mistake in a list of servers shall not cost the pairing.
struct Lenient<Value: Decodable>: Decodable {
    var value: Value?

    init(from decoder: any Decoder) throws { self.value = try? Value(from: decoder) }
}

extension Lenient: Sendable where Value: Sendable {}

package enum Names {
    static func isUUID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(JSONText.isHexDigit) }
    }

    /// A code is 4 to 8 digits.
    package static func isCode(_ text: String) -> Bool {
        (4...8).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    /// As a value in a query.
    package static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
