import Testing

@testable import SetupCore

@Suite struct CertificateFactsTests {
    @Test(arguments: [false, true]) func whoItIsForAndByIsRead(isCritical: Bool) throws {
        let names = [
            der(0x82, Array("app.example.org".utf8)), der(0x87, [10, 0, 0, 1]), der(0x81, Array("me@example.org".utf8)),
            der(0x87, [0x20, 0x01, 0x0d, 0xb8] + Array(repeating: 0, count: 11) + [1]),
        ]
        let bytes = certificate(for: name("leaf"), by: name("issuer"), names: names, isCritical: isCritical)
        let read = try #require(CertificateFacts(der: bytes, notBefore: 1, notAfter: 2))
        #expect(read.subject.text == "leaf" && read.issuer.text == "issuer" && !read.isSelfSigned)
        #expect(read.names == ["app.example.org", "10.0.0.1", "2001:db8:0:0:0:0:0:1"])
    }

    @Test func anOrganizationStandsForACommonName() throws {
        let organization = der(0x30, der(0x31, der(0x30, der(0x06, [0x55, 0x04, 0x0a]) + der(0x13, Array("Example".utf8)))))
        let bytes = certificate(for: organization, by: der(0x30, []))
        let read = try #require(CertificateFacts(der: bytes, notBefore: 1, notAfter: 2))
        #expect(read.subject.text == "Example" && read.issuer.text == "somebody without a name" && read.names.isEmpty)
    }

    /// Wherever it is cut, and whatever one byte is, reading ends.
    @Test func whatIsNoCertificateEndsTheReading() {
        let whole = certificate(for: name("leaf"), by: name("issuer"), names: [der(0x82, Array("a.example".utf8))])
        for count in 0..<whole.count { #expect(CertificateFacts(der: Array(whole[..<count]), notBefore: 0, notAfter: 0) == nil) }
        for place in whole.indices {
            for byte in [0x00, 0x1f, 0x7f, 0x80, 0x84, 0xff] as [UInt8] {
                var spoiled = whole
                spoiled[place] = byte
                _ = CertificateFacts(der: spoiled, notBefore: 0, notAfter: 0)?.title
            }
        }
    }
}
