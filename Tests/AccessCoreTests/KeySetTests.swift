import AccessCore
import Crypto
import Testing

/// JWK Sets as they are published.
@Suite struct KeySetTests {
    @Test(arguments: ["", "null", "[]", "{}", #"{"keys":1}"#, #"{"keys":{}}"#, #"{"keys":[}"#, #"{"keys":[]}"#, #"{"keys":["x",1,null]}"#])
    func whatIsNoSetOfKeysIsRefused(text: String) { #expect(throws: KeySet.Fault.self) { try KeySet(jwks: Array(text.utf8)) } }

    @Test func keysThatAreOfNoUseArePassedOver() throws {
        let good = TokenMaker.jwk(p256: TokenMaker.p256.publicKey, kid: "ec")
        let useless = [
            #"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow","kid":"ec"}"#,
            #"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#, #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"AA"}"#, #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            TokenMaker.jwk(p256: TokenMaker.p256.publicKey, kid: "e", #","use":"enc""#),
            TokenMaker.jwk(p256: TokenMaker.p256.publicKey, kid: "e", #","alg":"ES384""#),
            TokenMaker.jwkOfRSA(kid: "r", #","alg":"PS256""#),
            #"{"kty":"new"}"#, "{}",
        ]
        for text in useless { #expect(throws: KeySet.Fault.self, "\(text)") { try TokenMaker.set(text) } }
        let keys = try KeySet(jwks: Array(#"{"keys":[\#((useless + [good]).joined(separator: ","))],"more":1}"#.utf8))
        #expect(keys.count == 1)
    }

    @Test func aSetHasAnEnd() throws {
        let key = TokenMaker.jwk(p256: TokenMaker.p256.publicKey, kid: "ec")
        func set(_ count: Int) throws -> KeySet {
            try KeySet(jwks: Array(#"{"keys":[\#(Array(repeating: key, count: count).joined(separator: ","))]}"#.utf8))
        }
        #expect(try set(KeySet.mostKeys).count == KeySet.mostKeys)
        #expect(throws: KeySet.Fault.self) { try set(KeySet.mostKeys + 1) }
    }

    @Test func aSecretMustBeLong() {
        #expect(VerificationKey(secret: Array(repeating: 1, count: 31)) == nil)
        #expect(VerificationKey(secret: Array(repeating: 1, count: 32)) != nil)
    }
}
