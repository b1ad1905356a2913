import NIOSSL
import SetupCore

/// Whom this machine trusts to sign certificates.
enum TrustedRoots {
    /// Where systems keep them in one file: Debian, Alpine and Arch; Fedora; SUSE; macOS and others.
    private static let files = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    /// Their names; none where the system keeps them elsewhere.
    ///
    /// - Parameter file: Further ones.
    static func names(besides file: String?) -> Set<DistinguishedName> {
        let system = self.files.lazy.compactMap { try? NIOSSLCertificate.fromPEMFile($0) }.first ?? []
        let own = file.flatMap { try? NIOSSLCertificate.fromPEMFile($0) } ?? []
        return Set(
            (system + own).compactMap { certificate in
                (try? certificate.toDERBytes()).flatMap { CertificateFacts(der: $0, notBefore: 0, notAfter: 0)?.subject }
            })
    }
}
