import AccessCore
import ByteScan
import Testing

/// Keys, and the file that lists them.
@Suite struct APIKeyTests {
    private let key = APIKey(Array(0..<32))
    /// SHA-256 of the bytes 0 to 31, computed elsewhere.
    private let digest = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"

    @Test func aKeyIsWhatTheDocumentsSay() throws {
        #expect(self.key.text == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        #expect(self.key.digest.hex == self.digest)
        #expect(try #require(APIKey(text: Array(self.key.text.utf8))).digest == self.key.digest)
    }

    @Test(arguments: [
        "", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH+8",
    ])
    func whatIsWrittenLikeNoKeyIsNone(text: String) { #expect(APIKey(text: Array(text.utf8)) == nil) }

    @Test func aFileOfKeys() throws {
        let other = APIKey(Array(1...32))
        let file = """
            # whose they are

            alice \(self.digest)
              bob@example.org\t\(other.digest.hex.uppercased())  \r
            alice \(APIKey(Array(2...33)).digest.hex)
            """
        let keys = try APIKeys(file: Array(file.utf8))
        #expect(keys.count == 3)
        #expect(keys.subject(of: self.key) == AccessSubject(.key, "alice"))
        #expect(keys.subject(of: other) == AccessSubject(.key, "bob@example.org"))
        #expect(keys.subject(of: APIKey(Array(2...33))) == AccessSubject(.key, "alice"))
        #expect(keys.subject(of: APIKey(Array(3...34))) == nil)
        #expect(try APIKeys(file: []).count == 0)
    }

    @Test func aDigestThatDiffersAnywhereIsAnother() throws {
        let keys = try APIKeys(file: Array("a \(self.digest)".utf8))
        for position in 0..<32 {
            var bytes = Array<UInt8>(0..<32)
            bytes[position] ^= 1
            #expect(keys.subject(of: APIKey(bytes)) == nil)
        }
        // One digit of the file's digest is another.
        for position in 0..<64 {
            var hex = Array(self.digest.utf8)
            hex[position] = hex[position] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(try APIKeys(file: Array("a ".utf8) + hex).subject(of: self.key) == nil)
        }
    }

    @Test(arguments: [
        ("alice", 1, "SHA-256"), ("\nalice 00", 2, "64"), ("alice \(String(repeating: "g", count: 64))", 1, "64"), ("a b c", 1, "SHA-256"),
        ("al/ice \(String(repeating: "0", count: 64))", 1, "name"),
        ("\(String(repeating: "x", count: 65)) \(String(repeating: "0", count: 64))", 1, "name"),
        ("a \(String(repeating: "0", count: 64))\nb \(String(repeating: "0", count: 64))", 2, "above"),
    ])
    func aBadLineIsNamed(file: String, line: Int, reason: String) {
        do {
            _ = try APIKeys(file: Array(file.utf8))
            Issue.record("read: \(file)")
        } catch {
            #expect(error.line == line && error.reason.contains(reason))
            // It is told and logged, and must not hold what was in the file.
            #expect(!error.reason.contains("alice"))
        }
    }
}
