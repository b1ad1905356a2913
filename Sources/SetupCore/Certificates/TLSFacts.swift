/// What was found in the two files that TLS needs.
package struct TLSFacts: Sendable {
    package let certificate: PEMFile
    package let key: PEMFile
    /// In the order of the file; nil where it cannot be read as such.
    package var chain: [CertificateFacts]?
    package var isKeyRead = false
    /// Which of the chain the key belongs to.
    package var keyBelongsTo: Int?

    package init(certificate: PEMFile, key: PEMFile) {
        self.certificate = certificate
        self.key = key
    }

    /// What prevents the start.
    package var faults: [Finding] {
        guard let certificate = self.certificate.text, let key = self.key.text else {
            return [self.certificate, self.key].compactMap(Self.unreadable)
        }
        if certificate.hasKey, !certificate.hasCertificate, key.hasCertificate, !key.hasKey {
            let what = "\(self.certificate.given): holds the private key, and \(self.key.given) the certificate"
            return [Finding(.fault, .tlsSwapped, self.certificate.variable, what, "exchange the two")]
        }
        let alone = [self.faultOfCertificate(certificate), self.faultOfKey(key)].compactMap { $0 }
        return alone.isEmpty ? self.faultOfPair() : alone
    }

    private static func unreadable(_ file: PEMFile) -> Finding? {
        guard case .unreadable(let reason, let isMissing) = file.contents else { return nil }
        return .unreadable(file.variable, file.path, reason, isMissing: isMissing)
    }

    private func faultOfCertificate(_ text: PEMText) -> Finding? {
        func fault(_ what: String, _ advice: String) -> Finding {
            Finding(.fault, .tlsNoPEM, self.certificate.variable, "\(self.certificate.given): \(what)", advice)
        }
        if text.hasCertificate {
            return self.chain?.isEmpty == false ? nil : fault("holds a PEM certificate that is damaged or cut short", "write the file anew")
        }
        if text.hasKey { return fault("holds a private key, and no certificate", "name the certificate's file") }
        return fault("holds no PEM certificate", "it begins with -----BEGIN CERTIFICATE-----; `openssl x509 -inform DER` makes it of DER")
    }

    private func faultOfKey(_ text: PEMText) -> Finding? {
        func fault(_ code: FindingCode, _ what: String, _ advice: String) -> Finding {
            Finding(.fault, code, self.key.variable, "\(self.key.given): \(what)", advice)
        }
        if self.isKeyRead { return nil }
        if text.isEncrypted {
            return fault(
                .tlsKeyEncrypted, "is encrypted, and nobody is there to type its passphrase",
                "write it without one: openssl pkey -in \(self.key.path) -out NEW")
        }
        if text.hasKey {
            return fault(.tlsNoPEM, "holds a PEM private key that is damaged, cut short or of no known kind", "write it anew")
        }
        if text.hasCertificate { return fault(.tlsNoPEM, "holds a certificate, and no private key", "name the private key's file") }
        return fault(
            .tlsNoPEM, "holds no PEM private key", "it begins with -----BEGIN PRIVATE KEY-----; `openssl pkey` makes it of other kinds")
    }

    private func faultOfPair() -> [Finding] {
        switch self.keyBelongsTo {
        case 0: return []
        case let place?:
            let what = "\(self.certificate.given): the key in \(self.key.given) belongs to certificate \(place + 1) of it, not to the first"
            return [
                Finding(.fault, .tlsOrder, self.certificate.variable, what, "put that one first, and each issuer behind what it signed")
            ]
        case nil:
            let what = "\(self.key.given): is not the key of the certificate in \(self.certificate.given)"
            return [Finding(.fault, .tlsKeyForeign, self.key.variable, what, "set the two that were made together")]
        }
    }
}

extension Finding {
    /// A file that a setting names, and that this process cannot read.
    package static func unreadable(_ variable: String, _ path: String, _ reason: String, isMissing: Bool) -> Finding {
        Finding(
            .fault, isMissing ? .fileMissing : .fileUnreadable, variable, "\(variable)=\(path): \(reason)",
            isMissing ? "put it there, or name another" : "let the server's user read it, or name another")
    }
}
