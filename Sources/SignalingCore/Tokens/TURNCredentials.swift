import ByteScan
import Crypto
package import SignalingWire

/// Makes credentials that a TURN server takes which knows the same secret ("TURN REST API": coturn's `use-auth-secret`): the username says
/// until when it is good, and the credential proves that whoever has the secret said so. Nothing has to be remembered.
package struct TURNCredentials: Sendable {
    private let alias: KeyedHash
    private let signature: HMAC<Insecure.SHA1>

    package init(secret: [UInt8]) {
        self.alias = KeyedHash(key: secret)
        self.signature = HMAC(key: SymmetricKey(data: secret))
    }

    /// `expiry:` and 16 hexadecimal digits by which the TURN server tells sides apart, for its quotas and its log. Nothing of the room can be
    /// told from them without the secret.
    package func username(_ room: RoomID, _ side: Side, expiresAt unixSeconds: Int) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(17)
        text.append(room)
        text.append(side == .a ? UInt8(ascii: "A") : UInt8(ascii: "B"))
        return "\(unixSeconds):" + Hex.text(self.alias(text).high)
    }

    /// Base64 of HMAC-SHA1 of the username.
    package func credential(for username: String) -> String {
        var hash = self.signature
        hash.update(data: Array(username.utf8))
        return String(decoding: Base64Digit.standard.text(Array(hash.finalize())), as: UTF8.self)
    }
}
