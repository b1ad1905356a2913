import Crypto
import STUNCore

/// Writes a request.
package struct STUNWriter {
    package private(set) var bytes: [UInt8] = []

    package init(_ type: UInt16, transaction: [UInt8]) {
        self.bytes.append(bigEndian: type)
        self.bytes.append(bigEndian: UInt16(0))
        self.bytes.append(bigEndian: STUNHeader.cookie)
        self.bytes += transaction
    }

    package mutating func add(_ type: UInt16, _ value: some Collection<UInt8>) {
        self.bytes.append(bigEndian: type)
        self.bytes.append(bigEndian: UInt16(value.count))
        self.bytes += value
        self.bytes += [UInt8](repeating: 0, count: -value.count & 3)
        self.setLength(further: 0)
    }

    /// MESSAGE-INTEGRITY with long-term credentials: over everything before it, as if it were the end already (RFC 8489 section 14.5).
    package mutating func seal(_ credentials: LongTermCredentials) {
        self.setLength(further: 4 + Insecure.SHA1.byteCount)
        let code = HMAC<Insecure.SHA1>.authenticationCode(for: self.bytes, using: SymmetricKey(data: credentials.key))
        self.add(STUNAttribute.messageIntegrity, Array(code))
    }

    private mutating func setLength(further: Int) {
        let length = UInt16(self.bytes.count - STUNHeader.length + further)
        self.bytes[2] = UInt8(length >> 8)
        self.bytes[3] = UInt8(truncatingIfNeeded: length)
    }
}

/// A name and a password in a realm.
package struct LongTermCredentials: Sendable, Equatable {
    package let username: String
    package let password: String
    package let realm: String

    package init(username: String, password: String, realm: String) {
        self.username = username
        self.password = password
        self.realm = realm
    }

    /// RFC 8489 section 9.2.2.
    var key: [UInt8] { Array(Insecure.MD5.hash(data: Array("\(self.username):\(self.realm):\(self.password)".utf8))) }
}
