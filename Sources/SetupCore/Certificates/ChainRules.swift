/// What clients will make of a chain of certificates that the server can use.
package struct ChainRules {
    private let chain: [CertificateFacts]
    private let file: PEMFile
    private let roots: Set<DistinguishedName>
    private let now: Int64
    private let day: (Int64) -> String

    private static let secondsOfDay: Int64 = 86_400
    private static let soon = 14 * Self.secondsOfDay

    /// - Parameters:
    ///   - roots: Whom this machine trusts; empty where that is not known.
    ///   - now: Seconds since 1970.
    ///   - day: How a second is written as a day.
    package init(_ facts: TLSFacts, roots: Set<DistinguishedName>, now: Int64, day: @escaping (Int64) -> String) {
        self.chain = facts.chain ?? []
        self.file = facts.certificate
        self.roots = roots
        self.now = now
        self.day = day
    }

    package var findings: [Finding] {
        guard let leaf = self.chain.first else { return [] }
        let validity = self.chain.compactMap(self.validity)
        return [self.names(of: leaf)] + validity + (self.order().map { [$0] } ?? self.end().map { [$0] } ?? [])
    }

    private func finding(_ level: Finding.Level, _ code: FindingCode, _ what: String, _ advice: String = "") -> Finding {
        Finding(level, code, self.file.variable, "\(self.file.given): \(what)", advice)
    }

    private func names(of leaf: CertificateFacts) -> Finding {
        let days = (leaf.notAfter - self.now) / Self.secondsOfDay
        let end = self.now > leaf.notAfter ? "" : ", until \(self.day(leaf.notAfter)) (\(days) days)"
        if leaf.names.isEmpty {
            let what = "is for no host name, only for the subject \(leaf.subject.text)\(end)"
            return self.finding(.warning, .tlsNames, what, "browsers go by subjectAltName alone: get one that has it")
        }
        return self.finding(.info, .tlsNames, "is for \(leaf.names.joined(separator: ", "))\(end)")
    }

    private func validity(of certificate: CertificateFacts) -> Finding? {
        let whose = certificate == self.chain.first ? "the certificate" : "the issuer's certificate \(certificate.title)"
        if self.now > certificate.notAfter {
            return self.finding(.fault, .tlsExpired, "\(whose) has expired on \(self.day(certificate.notAfter))", "renew it, and restart")
        }
        if self.now < certificate.notBefore {
            return self.finding(
                .fault, .tlsNotYetValid, "\(whose) is not valid before \(self.day(certificate.notBefore))",
                "wait, or look at this machine's clock")
        }
        if certificate.notAfter - self.now < Self.soon {
            let days = (certificate.notAfter - self.now) / Self.secondsOfDay
            return self.finding(
                .warning, .tlsEndsSoon, "\(whose) ends on \(self.day(certificate.notAfter)), in \(days) days",
                "renew it: whatever should have done so by itself has not")
        }
        return nil
    }

    /// Each has to be followed by the one that signed it.
    private func order() -> Finding? {
        for (one, next) in zip(self.chain, self.chain.dropFirst()) where next.subject != one.issuer {
            guard self.chain.contains(where: { $0.subject == one.issuer }), !one.isSelfSigned else {
                return one.isSelfSigned || self.roots.contains(one.issuer)
                    ? self.finding(
                        .warning, .tlsOrder, "\(next.title) stands behind \(one.title), and has not signed it", "take it out of the file")
                    : self.incomplete(behind: one)
            }
            return self.finding(
                .warning, .tlsOrder, "behind \(one.title) comes \(next.title), and not \(one.issuer.text), which signed it",
                "put each issuer behind what it signed")
        }
        return nil
    }

    private func end() -> Finding? {
        guard let last = self.chain.last, !last.isSelfSigned, !self.roots.contains(last.issuer) else { return nil }
        // Roots sign no servers: behind a certificate alone something is missing, whomever this machine trusts.
        return self.roots.isEmpty && self.chain.count > 1 ? nil : self.incomplete(behind: last)
    }

    private func incomplete(behind certificate: CertificateFacts) -> Finding {
        self.finding(
            .warning, .tlsChainIncomplete,
            "the chain is incomplete: \(certificate.issuer.text), which signed \(certificate.title), is neither in the file nor known to this machine",
            "append the certificate of \(certificate.issuer.text), unless all clients know it")
    }
}
