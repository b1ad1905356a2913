import SetupCore

extension FuzzTarget {
    /// The input is a certificate, as a file or a server has it.
    static let certificate = FuzzTarget(
        name: "certificate", summary: "certificates (DER)", maxLength: 2048, briefRuns: 200_000,
        makeCheck: { { input in try CertificateCheck.run(input) } })
}

enum CertificateCheck {
    /// Nothing is told that is not in the bytes, and what follows a certificate changes nothing.
    static func run(_ bytes: [UInt8]) throws {
        guard let facts = CertificateFacts(der: bytes, notBefore: 0, notAfter: 1) else { return }
        // A tag and a length each.
        try expect(2 * facts.names.count <= bytes.count, "\(shown(bytes)) has the names \(facts.names)")
        for name in [facts.subject, facts.issuer] {
            try expect(self.holds(bytes, name.bytes), "\(shown(bytes)) is said to hold \(shown(name.bytes))")
        }
        let longer = CertificateFacts(der: bytes + [0x30, 0], notBefore: 0, notAfter: 1)
        try expect(longer == facts, "\(shown(bytes)) is read otherwise where more follows")
    }

    private static func holds(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= bytes.count else { return false }
        return (0...bytes.count - part.count).contains { bytes[$0..<$0 + part.count].elementsEqual(part) }
    }
}
