import Testing

@testable import SetupCore

/// What clients will make of a chain.
@Suite struct ChainRulesTests {
    private func findings(_ chain: [CertificateFacts], roots: [String] = ["root"]) throws -> [Finding] {
        var found = TLSFacts(certificate: pem("TLS_CERT_FILE", "CERTIFICATE"), key: pem("TLS_KEY_FILE", "PRIVATE KEY"))
        found.chain = chain
        let trusted = try roots.map { try facts($0, by: $0).subject }
        return ChainRules(found, roots: Set(trusted), now: now) { "day \($0 / day)" }.findings
    }

    private func chain(days: Int64 = 90, from start: Int64 = now - day) throws -> [CertificateFacts] {
        [try facts("app", by: "ca", names: ["app.example.org", "*.example.org"], days: days, from: start), try facts("ca", by: "root")]
    }

    @Test func aGoodOneIsToldOf() throws {
        let found = try self.findings(self.chain())
        #expect(found.map(\.code) == [.tlsNames] && found.map(\.level) == [.info])
        #expect(found[0].what == "TLS_CERT_FILE=/TLS_CERT_FILE: is for app.example.org, *.example.org, until day 20090 (90 days)")
    }

    @Test func withItsRootAndAloneItIsFine() throws {
        #expect(try self.findings(self.chain() + [facts("root", by: "root")]).map(\.code) == [.tlsNames])
        #expect(try self.findings([facts("own", by: "own", names: ["a"])], roots: []).map(\.code) == [.tlsNames])
        // Nobody knows whom a machine trusts that keeps no list of it.
        #expect(try self.findings(self.chain(), roots: []).map(\.code) == [.tlsNames])
    }

    @Test(arguments: [(14, nil), (13, .tlsEndsSoon), (0, .tlsEndsSoon), (-1, .tlsExpired)] as [(Int64, FindingCode?)])
    func anEndIsSaidInTime(days: Int64, code: FindingCode?) throws {
        let found = try self.findings(self.chain(days: days, from: now - 100 * day)).filter { $0.code != .tlsNames }
        #expect(found.map(\.code) == (code.map { [$0] } ?? []))
        #expect(found.allSatisfy { $0.level == (code == .tlsExpired ? .fault : .warning) })
    }

    @Test func whatIsNotYetValidIsAFault() throws {
        let found = try self.findings(self.chain(from: now + day))
        #expect(found.map(\.code) == [.tlsNames, .tlsNotYetValid] && found[1].what.hasSuffix("is not valid before day 20001"))
    }

    @Test func theEndOfAnIssuerCountsToo() throws {
        let found = try self.findings([facts("app", by: "ca", names: ["a"]), facts("ca", by: "root", days: 3)])
        #expect(found.map(\.code) == [.tlsNames, .tlsEndsSoon] && found[1].what.contains("the issuer's certificate ca"))
    }

    @Test(arguments: [["root"], []]) func aMissingIssuerIsNamed(roots: [String]) throws {
        let found = try self.findings([facts("app", by: "ca", names: ["a"])], roots: roots)
        #expect(found.map(\.code) == [.tlsNames, .tlsChainIncomplete] && found[1].advice.contains("append the certificate of ca"))
    }

    @Test func anIssuerMissingInBetweenIsNamed() throws {
        let found = try self.findings([facts("app", by: "ca", names: ["a"]), facts("upper", by: "root")])
        #expect(found.map(\.code) == [.tlsNames, .tlsChainIncomplete] && found[1].advice.contains("append the certificate of ca"))
    }

    @Test func issuersInAnotherOrderAreNamed() throws {
        let found = try self.findings([
            facts("app", by: "ca", names: ["a"]), facts("upper", by: "root"), facts("ca", by: "upper"),
        ])
        #expect(found.map(\.code) == [.tlsNames, .tlsOrder] && found[1].what.contains("behind a comes upper, and not ca"))
    }

    @Test func whatDoesNotBelongThereIsNamed() throws {
        let found = try self.findings(self.chain() + [facts("other", by: "root")])
        #expect(found.map(\.code) == [.tlsNames, .tlsOrder] && found[1].advice == "take it out of the file")
    }

    @Test func aCertificateForNoHostIsOfNoUse() throws {
        let found = try self.findings([facts("own", by: "own")])
        #expect(found.map(\.level) == [.warning] && found[0].code == .tlsNames)
    }
}
