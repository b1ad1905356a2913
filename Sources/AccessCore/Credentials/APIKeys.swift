import ByteScan

/// The keys that a server knows: a name and a digest each. A name may have several, so that one can take the place of another.
package struct APIKeys: Sendable {
    /// Why a text is not a list of keys.
    package struct Fault: Error, Equatable {
        package let line: Int
        package let reason: String
    }

    /// Each is looked at for each request.
    package static let mostKeys = 10_000
    /// Bytes of a file of them.
    package static let longestFile = 2 * 1024 * 1024

    private let keys: [(digest: APIKeyDigest, subject: AccessSubject)]

    /// A line each: the name and the SHA-256 in hexadecimal digits, with blanks between. Empty lines and those that begin with # say nothing.
    package init(file: [UInt8]) throws(Fault) {
        var keys: [(digest: APIKeyDigest, subject: AccessSubject)] = []
        var known: Set<APIKeyDigest> = []
        for (number, line) in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
            guard let name = words.first, name.first != UInt8(ascii: "#") else { continue }
            func fault(_ reason: String) -> Fault { Fault(line: number + 1, reason: reason) }
            guard words.count == 2 else { throw fault("must be a name and a SHA-256, as `nt-backend-wrtc key new NAME` prints them") }
            let text = String(decoding: name, as: UTF8.self)
            guard Self.isName(text), let subject = AccessSubject(.key, text) else { throw fault(Self.nameRule) }
            guard let digest = APIKeyDigest(hex: words[1]) else { throw fault("the SHA-256 must be 64 hexadecimal digits") }
            guard known.insert(digest).inserted else { throw fault("the same key stands above") }
            guard keys.count < Self.mostKeys else { throw fault("there may be \(Self.mostKeys) keys") }
            keys.append((digest, subject))
        }
        self.keys = keys
    }

    package static let nameRule = "a name has 1 to 64 letters, digits and . _ - @"

    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "@"):
                    true
                default: false
                }
            }
    }

    package var count: Int { self.keys.count }

    /// Whose key it is. All are compared, whichever it is.
    package func subject(of key: APIKey) -> AccessSubject? {
        let digest = key.digest
        var found: Int?
        for position in self.keys.indices where self.keys[position].digest.difference(to: digest) == 0 { found = position }
        return found.map { self.keys[$0].subject }
    }
}
