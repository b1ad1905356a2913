import Testing

@testable import SetupCore

/// What is wrong with the two files, each with a text of its own: the start ends with it.
@Suite struct TLSFactsTests {
    private func faults(
        _ certificate: PEMFile = pem("TLS_CERT_FILE", "CERTIFICATE"), _ key: PEMFile = pem("TLS_KEY_FILE", "PRIVATE KEY"),
        readable: (chain: Bool, key: Bool) = (true, true), belongsTo place: Int? = 0
    ) throws -> [Finding] {
        var found = TLSFacts(certificate: certificate, key: key)
        if readable.chain { found.chain = [try facts("app", by: "ca"), try facts("ca", by: "root")] }
        found.isKeyRead = readable.key
        found.keyBelongsTo = place
        return found.faults
    }

    private func missing(_ variable: String, isMissing: Bool) -> PEMFile {
        PEMFile(variable: variable, path: "/x", contents: .unreadable("cannot be read: why", isMissing: isMissing))
    }

    @Test func whatFitsHasNoFaults() throws { #expect(try self.faults().isEmpty) }

    @Test func eachFileThatCannotBeReadIsNamed() throws {
        let found = try self.faults(self.missing("TLS_CERT_FILE", isMissing: true), self.missing("TLS_KEY_FILE", isMissing: false))
        #expect(found.map(\.code) == [.fileMissing, .fileUnreadable] && found.map(\.subject) == ["TLS_CERT_FILE", "TLS_KEY_FILE"])
        #expect(found[0].line == "TLS_CERT_FILE=/x: cannot be read: why; put it there, or name another")
    }

    @Test func exchangedFilesAreKnown() throws {
        let found = try self.faults(
            pem("TLS_CERT_FILE", "EC PARAMETERS", "EC PRIVATE KEY"), pem("TLS_KEY_FILE", "CERTIFICATE", "CERTIFICATE"),
            readable: (false, false), belongsTo: nil)
        #expect(found.map(\.code) == [.tlsSwapped] && found[0].advice == "exchange the two")
    }

    @Test(arguments: [pem("TLS_KEY_FILE", "ENCRYPTED PRIVATE KEY"), pem("TLS_KEY_FILE", "RSA PRIVATE KEY", encrypted: true)])
    func anEncryptedKeyIsSaidToBeThat(key: PEMFile) throws {
        let found = try self.faults(pem("TLS_CERT_FILE", "CERTIFICATE"), key, readable: (true, false), belongsTo: nil)
        #expect(found.map(\.code) == [.tlsKeyEncrypted] && found[0].line.contains("openssl pkey -in /TLS_KEY_FILE"))
    }

    @Test func aKeyOfAnotherIsSaidToBeThat() throws {
        let found = try self.faults(belongsTo: nil)
        #expect(found.map(\.code) == [.tlsKeyForeign] && found[0].subject == "TLS_KEY_FILE")
    }

    @Test func aKeyOfALaterCertificateIsAMatterOfOrder() throws {
        let found = try self.faults(belongsTo: 1)
        #expect(found.map(\.code) == [.tlsOrder] && found[0].what.contains("belongs to certificate 2 of it"))
    }

    @Test(arguments: [
        (pem("TLS_CERT_FILE"), "holds no PEM certificate"),
        (pem("TLS_CERT_FILE", "PRIVATE KEY"), "holds a private key, and no certificate"),
        (pem("TLS_CERT_FILE", "CERTIFICATE"), "damaged or cut short"),
    ])
    func whatIsNoCertificateIsExplained(file: PEMFile, words: String) throws {
        let found = try self.faults(file, readable: (false, true), belongsTo: nil)
        #expect(found.map(\.code) == [.tlsNoPEM] && found[0].what.contains(words) && found[0].subject == "TLS_CERT_FILE")
    }

    @Test(arguments: [
        (pem("TLS_KEY_FILE"), "holds no PEM private key"), (pem("TLS_KEY_FILE", "CERTIFICATE"), "holds a certificate, and no private key"),
        (pem("TLS_KEY_FILE", "PRIVATE KEY"), "damaged, cut short"),
    ])
    func whatIsNoKeyIsExplained(file: PEMFile, words: String) throws {
        let found = try self.faults(pem("TLS_CERT_FILE", "CERTIFICATE"), file, readable: (true, false), belongsTo: nil)
        #expect(found.map(\.code) == [.tlsNoPEM] && found[0].what.contains(words) && found[0].subject == "TLS_KEY_FILE")
    }
}
