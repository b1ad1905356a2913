import AccessCore
import ByteScan
import Crypto
import CryptoExtras
import Testing

/// Tokens of every kind, and what becomes of them.
@Suite struct SignedTokenTests {
    private let rules = TokenRules(issuer: "https://id.example", audience: "signal")
    private let alice = TokenRules.Verdict.admitted(AccessSubject(.jwt, "alice"))

    @Test func aTokenOfEachAlgorithmIsGood() throws {
        let keys = try TokenMaker.all() + TokenMaker.shared
        #expect(self.rules.verdict(on: TokenMaker.hs256(), keys) == self.alice)
        #expect(self.rules.verdict(on: try TokenMaker.es256(), keys) == self.alice)
        #expect(self.rules.verdict(on: try TokenMaker.edDSA(), keys) == self.alice)
        #expect(self.rules.verdict(on: try TokenMaker.rs256(), keys) == self.alice)
    }

    /// The example of RFC 7515, appendix A.1, made by somebody else. It has no sub, and expired in 2011.
    @Test func aTokenOfTheStandardIsGood() throws {
        let secret = try #require(
            Base64URL.decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow".utf8))
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
            + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let keys = KeySet([try #require(VerificationKey(secret: secret))])
        let rules = TokenRules(issuer: "joe", audience: nil)
        #expect(rules.verdict(on: Array(token.utf8), keys, now: 1_300_819_379) == .admitted(nil))
        #expect(rules.verdict(on: Array(token.utf8), keys, now: 1_300_819_440) == .refused(.expired))
    }

    @Test(arguments: [
        "", "a", "a.b", "a.b.c.d", "..", "e30.e30.", "e30.e30.AA", "bnVsbA.e30.AA", "W10.e30.AA", "eyJhbGciOiJIUzI1NiJ9.!!.AA",
        "eyJhbGciOiJIUzI1NiJ9.e30.A", "eyJhbGciOjF9.e30.AA", "eyJhbGciOiJIUzI1NiJ9.e30.AA==",
    ])
    func whatIsNoTokenIsRefused(text: String) {
        #expect(self.rules.verdict(on: Array(text.utf8), TokenMaker.shared) == .refused(.malformed))
    }

    @Test func aPayloadThatIsNoObjectIsRefused() {
        for claims in ["", "null", "[]", "\"x\"", "{", #"{"exp":1769861100}x"#] {
            #expect(self.rules.verdict(on: TokenMaker.hs256(claims), TokenMaker.shared) == .refused(.malformed), "\(claims)")
        }
        let header = Base64URL.encode(Array(#"{"alg":"HS256"}"#.utf8))
        let notUTF8 = header + Array(".".utf8) + Base64URL.encode([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) + Array(".AA".utf8)
        #expect(self.rules.verdict(on: notUTF8, TokenMaker.shared) == .refused(.malformed))
    }

    // MARK: - Algorithms

    @Test(arguments: ["none", "None", "HS384", "HS512", "RS512", "PS256", "ES384", "hs256", ""])
    func anotherAlgorithmIsRefusedThoughTheSignatureIsRight(algorithm: String) throws {
        let token = TokenMaker.hs256(header: #"{"alg":"\#(algorithm)"}"#)
        #expect(self.rules.verdict(on: token, try TokenMaker.all() + TokenMaker.shared) == .refused(.algorithm))
    }

    @Test func aTokenWithoutASignatureIsRefused() throws {
        for algorithm in ["none", "HS256", "ES256", "RS256", "EdDSA"] {
            let token = TokenMaker.token(TokenMaker.header(algorithm, nil)) { _ in [] }
            let verdict = self.rules.verdict(on: token, try TokenMaker.all() + TokenMaker.shared)
            #expect(verdict != self.alice && verdict != .admitted(nil), "\(algorithm)")
        }
    }

    /// Whoever has the public key must not be able to sign with it as if it were a secret.
    @Test func aPublicKeyIsNoSecret() throws {
        let rsa = try #require(TokenMaker.rsa)
        let ec = TokenMaker.p256.publicKey
        let keys = try TokenMaker.all()
        for secret in [Array(rsa.publicKey.derRepresentation), Array(rsa.publicKey.pemRepresentation.utf8), Array(ec.rawRepresentation)] {
            for kid in ["rsa", "ec", "ed"] {
                let token = TokenMaker.hs256(header: #"{"alg":"HS256","kid":"\#(kid)"}"#, secret: secret)
                #expect(self.rules.verdict(on: token, keys) == .refused(.algorithm))
            }
            #expect(self.rules.verdict(on: TokenMaker.hs256(secret: secret), keys) == .refused(.algorithm))
        }
    }

    @Test func aKeyIsForItsOwnAlgorithmAlone() throws {
        let keys = try TokenMaker.all()
        let asRSA = try TokenMaker.es256(kid: "rsa")
        #expect(self.rules.verdict(on: asRSA, keys) == .refused(.algorithm))
        // Told to be of another algorithm than its signature is.
        let lying = try TokenMaker.token(TokenMaker.header("ES256", "ec")) { Array(try TokenMaker.ed25519.signature(for: Array($0.utf8))) }
        #expect(self.rules.verdict(on: lying, keys) == .refused(.signature))
    }

    // MARK: - Signatures

    @Test func aChangedTokenIsRefused() throws {
        let keys = try TokenMaker.all() + TokenMaker.shared
        for token in [TokenMaker.hs256(), try TokenMaker.es256(), try TokenMaker.edDSA(), try TokenMaker.rs256()] {
            let parts = token.split(separator: UInt8(ascii: "."))
            let other = Base64URL.encode(Array(TokenMaker.claims.replacing("alice", with: "mallo").utf8))
            let changed = Array(parts[0]) + Array(".".utf8) + other + Array(".".utf8) + Array(parts[2])
            #expect(self.rules.verdict(on: changed, keys) == .refused(.signature))
        }
        #expect(self.rules.verdict(on: TokenMaker.hs256(secret: Array(repeating: 7, count: 32)), keys) == .refused(.signature))
    }

    @Test func aTokenThatMustDoMoreIsRefused() {
        let token = TokenMaker.hs256(header: #"{"alg":"HS256","crit":["b64"],"b64":true}"#)
        #expect(self.rules.verdict(on: token, TokenMaker.shared) == .refused(.malformed))
        let twice = TokenMaker.hs256(header: #"{"alg":"none","alg":"HS256"}"#)
        #expect(self.rules.verdict(on: twice, TokenMaker.shared) == .refused(.malformed))
    }

    // MARK: - Which key

    @Test func anUnknownKeyMayBeKnownLater() throws {
        let other = P256.Signing.PrivateKey()
        let token = try TokenMaker.es256(kid: "next", key: other)
        #expect(self.rules.verdict(on: token, try TokenMaker.all()) == .unknownSigner)
        let newer = try TokenMaker.all() + TokenMaker.set(TokenMaker.jwk(p256: other.publicKey, kid: "next"))
        #expect(self.rules.verdict(on: token, newer) == self.alice)
    }

    @Test func withoutANameTheKeysAreTried() throws {
        let keys = try TokenMaker.set(
            TokenMaker.jwk(p256: P256.Signing.PrivateKey().publicKey, kid: "other"),
            TokenMaker.jwk(p256: TokenMaker.p256.publicKey, kid: nil))
        #expect(self.rules.verdict(on: try TokenMaker.es256(kid: nil), keys) == self.alice)
        // A key without a name may be the one that a token names.
        #expect(self.rules.verdict(on: try TokenMaker.es256(kid: "whatever"), keys) == self.alice)
        #expect(self.rules.verdict(on: try TokenMaker.es256(kid: "other"), keys) == .refused(.signature))
        #expect(self.rules.verdict(on: try TokenMaker.es256(kid: nil, key: P256.Signing.PrivateKey()), keys) == .unknownSigner)
    }

    // MARK: - Claims

    @Test func clocksMayBeAMinuteApart() {
        let keys = TokenMaker.shared
        for (now, verdict) in [
            (1_769_861_159.9, self.alice), (1_769_861_160, .refused(.expired)), (1_769_860_640, self.alice),
            (1_769_860_639.9, .refused(.notYetValid)),
        ] {
            #expect(self.rules.verdict(on: TokenMaker.hs256(), keys, now: now) == verdict, "\(now)")
        }
    }

    @Test(arguments: [
        (#"{"sub":"a","iss":"https://id.example","aud":"signal"}"#, AccessRefusal.noExpiry),
        (#"{"iss":"https://id.example","aud":"signal","exp":"1769861100"}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":null}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":1e999}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":1,"exp":1769861100}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":1769861100,"nbf":"0"}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":1769861100,"nbf":1769870000}"#, .notYetValid),
        (#"{"aud":"signal","exp":1769861100}"#, .issuer),
        (#"{"iss":"https://id.example/","aud":"signal","exp":1769861100}"#, .issuer),
        (#"{"iss":["https://id.example"],"aud":"signal","exp":1769861100}"#, .claims),
        (#"{"iss":"https://evil.example","iss":"https://id.example","aud":"signal","exp":1769861100}"#, .claims),
        (#"{"iss":"https://id.example","exp":1769861100}"#, .audience),
        (#"{"iss":"https://id.example","aud":"other","exp":1769861100}"#, .audience),
        (#"{"iss":"https://id.example","aud":["other","signals"],"exp":1769861100}"#, .audience),
        (#"{"iss":"https://id.example","aud":[],"exp":1769861100}"#, .audience),
        (#"{"iss":"https://id.example","aud":["signal",1],"exp":1769861100}"#, .claims),
        (#"{"iss":"https://id.example","aud":{"signal":1},"exp":1769861100}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":1769861100,"sub":1}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":1769861100,"sub":""}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":1769861100,"sub":"a","sub":"b"}"#, .claims),
        (#"{"iss":"https://id.example","aud":"signal","exp":1769861100,"sub":"\ud800"}"#, .claims),
    ])
    func aWrongClaimIsRefused(claims: String, refusal: AccessRefusal) {
        #expect(self.rules.verdict(on: TokenMaker.hs256(claims), TokenMaker.shared) == .refused(refusal))
    }

    @Test func aSubjectMayHaveAnyCharacters() throws {
        let claims = #"{"iss":"https://id.example","aud":["x","signal"],"exp":1.7698611e9,"sub":"J\u00fcrgen \ud83d\ude00 / \"ä\""}"#
        let name = "J\u{fc}rgen \u{1F600} / \"ä\""
        #expect(self.rules.verdict(on: TokenMaker.hs256(claims), TokenMaker.shared) == .admitted(AccessSubject(.jwt, name)))
    }

    @Test func theLongestSubjectIsTaken() {
        func verdict(_ length: Int) -> TokenRules.Verdict {
            let claims = #"{"exp":1769861100,"sub":"\#(String(repeating: "x", count: length))"}"#
            return TokenRules(issuer: nil, audience: nil).verdict(on: TokenMaker.hs256(claims), TokenMaker.shared)
        }
        #expect(verdict(256) == .admitted(AccessSubject(.jwt, String(repeating: "x", count: 256))))
        #expect(verdict(257) == .refused(.claims))
    }

    @Test func whoNamesNobodyIsAdmittedAsNobody() {
        let rules = TokenRules(issuer: nil, audience: nil)
        #expect(rules.verdict(on: TokenMaker.hs256(#"{"exp":1769861100,"aud":"anything"}"#), TokenMaker.shared) == .admitted(nil))
    }
}
