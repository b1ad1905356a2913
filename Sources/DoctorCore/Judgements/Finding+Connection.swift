import NetworkAddresses

/// What came of opening a TCP connection to where the URL leads.
package enum ConnectionOutcome: Equatable, Sendable {
    case open
    case unknownName
    case refused
    case unanswered(seconds: Int)
    case failed(String)
}

/// Why there was no TLS, or none that tells what to make of a certificate.
package enum HandshakeFailure: Equatable, Sendable {
    case notTLS
    /// What is there speaks TLS, and has said that it does not go on.
    case alert(String)
    case unanswered
    case other(String)
}

/// The certificates that a server presents, and what this machine makes of them.
package struct ServedCertificates: Equatable, Sendable {
    package struct Certificate: Equatable, Sendable {
        /// Seconds since 1970.
        package var notBefore: Int
        package var notAfter: Int
        /// Whether it names itself as its issuer.
        package var isSelfIssued: Bool
        /// Whom it names as its issuer.
        package var issuer: String

        package init(notBefore: Int, notAfter: Int, isSelfIssued: Bool = false, issuer: String = "") {
            self.notBefore = notBefore
            self.notAfter = notAfter
            self.isSelfIssued = isSelfIssued
            self.issuer = issuer
        }
    }

    /// As they were presented, the server's own first. Empty where there was no handshake.
    package var chain: [Certificate]
    /// Whom the first one is for.
    package var names: [String]
    package var isTrusted: Bool
    package var fitsName: Bool
    package var failure: HandshakeFailure?

    package init(
        chain: [Certificate], names: [String] = [], isTrusted: Bool = true, fitsName: Bool = true, failure: HandshakeFailure? = nil
    ) {
        self.chain = chain
        self.names = names
        self.isTrusted = isTrusted
        self.fitsName = fitsName
        self.failure = failure
    }
}

extension Finding {
    package static func connection(_ outcome: ConnectionOutcome, to place: String) -> Finding {
        switch outcome {
        case .open: .ok(.connection, "\(place) accepts connections")
        case .unknownName:
            .fault(.connection, "\(place): no address is known for that name", do: "add the name to DNS (A, AAAA), or correct the URL")
        case .refused:
            .fault(.connection, "\(place) refuses connections", do: "start the proxy or the server there, or correct the port")
        case .unanswered(let seconds):
            .fault(
                .connection, "\(place) did not respond within \(seconds) s",
                do: "open the port in the firewall and in the cloud's rules, and look whether DNS names the right machine")
        case .failed(let cause): .fault(.connection, "\(place): \(cause)", do: "look at this machine's network and at the URL")
        }
    }

    private static let day = 86_400
    /// Whoever renews certificates does it earlier.
    private static let fewDays = 14

    package static func certificate(_ facts: ServedCertificates, for host: String, now: Int) -> Finding {
        if let failure = facts.failure { return self.handshake(failure, host) }
        guard let own = facts.chain.first else { return self.handshake(.other("no certificate came"), host) }
        // Clients that know one of the chain as their own do not look at those behind it.
        for certificate in facts.isTrusted ? [own] : facts.chain {
            let which = certificate == own ? "the certificate" : "a certificate of the chain"
            if now > certificate.notAfter {
                return .fault(
                    .certificate, "\(which) ended \(Self.days(now - certificate.notAfter)) ago",
                    do: "renew it, and have whoever ends TLS read it again")
            }
            if now < certificate.notBefore {
                return .fault(
                    .certificate, "\(which) is good only in \(Self.days(certificate.notBefore - now))",
                    do: "set the clock of the machine that made it, or of this one")
            }
        }
        if !facts.isTrusted { return self.untrusted(facts, own) }
        let names = facts.names.prefix(8).joined(separator: ", ")
        if !facts.fitsName {
            return .fault(
                .certificate, "it is for \(names.isEmpty ? "no name" : names), and not for \(host)",
                do: "get a certificate that names \(host), or use a name that it has")
        }
        let left = own.notAfter - now
        if left < Self.fewDays * Self.day {
            return .warning(.certificate, "it ends in \(Self.days(left))", do: "look why it was not renewed yet (certbot renew --dry-run)")
        }
        return .ok(.certificate, "for \(names), good for \(Self.days(left))")
    }

    private static func handshake(_ failure: HandshakeFailure, _ host: String) -> Finding {
        switch failure {
        case .notTLS:
            .fault(
                .certificate, "no TLS: the port does not speak it",
                do: "set TLS up at that port, or use http:// if nothing there ends TLS")
        case .alert(let words):
            .fault(
                .certificate, "whoever ends TLS refuses the handshake (\(words))",
                do: "look at its log: it may have no certificate for \(host), as where Caddy could not get one")
        case .unanswered:
            .fault(
                .certificate, "the handshake did not come to its end in time",
                do: "look whether that port speaks TLS, and at the log of whoever ends it")
        case .other(let words):
            .fault(.certificate, "the handshake fails: \(words)", do: "look at the log of whoever ends TLS")
        }
    }

    private static func untrusted(_ facts: ServedCertificates, _ own: ServedCertificates.Certificate) -> Finding {
        if own.isSelfIssued {
            return .fault(
                .certificate, "it is signed by itself, which no browser trusts",
                do: "get one from an authority that browsers know, such as Let's Encrypt; or give doctor yours: --ca-file")
        }
        if facts.chain.count == 1 {
            return .fault(
                .certificate, "the chain is incomplete: the certificate of \(own.issuer) is not sent with it",
                do: "configure the whole chain (certbot: fullchain.pem, not cert.pem); if it is an authority of yours, --ca-file")
        }
        return .fault(
            .certificate, "its chain ends with \(facts.chain.last?.issuer ?? "nobody"), whom this machine does not trust",
            do: "send the right intermediate certificates, in order; if it is an authority of yours, --ca-file")
    }

    private static func days(_ seconds: Int) -> String {
        let days = seconds / Self.day
        if days == 0 { return "\(max(1, seconds / 3600)) h" }
        return days == 1 ? "1 day" : "\(days) days"
    }
}
