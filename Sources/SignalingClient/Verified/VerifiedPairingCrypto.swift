/// What verified pairing needs of a library of cryptography. `SwiftCryptoPairing` of `SignalingClientNIO` has it from swift-crypto.
public protocol VerifiedPairingCrypto: Sendable {
    func sha512(_ message: [UInt8]) -> [UInt8]
    func hmacSHA512(key: [UInt8], message: [UInt8]) -> [UInt8]
    /// RFC 7748. Both are 32 bytes, any; the result is zeros where the multiplication leads there, and where the library refuses it.
    func x25519(scalar: [UInt8], u: [UInt8]) -> [UInt8]
}

extension VerifiedPairingCrypto {
    /// RFC 5869, up to 64 bytes: all that is asked for here.
    func hkdf(salt: [UInt8], secret: [UInt8], info: [UInt8], count: Int) -> [UInt8] {
        let key = self.hmacSHA512(key: salt, message: secret)
        return Array(self.hmacSHA512(key: key, message: info + [1]).prefix(count))
    }
}
