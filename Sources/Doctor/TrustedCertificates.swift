import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file of certificates (PEM) that are trusted beside the system's.
package enum TrustedCertificates {
    /// Why it does not do; nil if it does.
    package static func fault(in path: String) -> String? {
        guard access(path, R_OK) == 0 else { return "cannot be read" }
        guard let found = try? NIOSSLCertificate.fromPEMFile(path), !found.isEmpty else { return "has no certificate (PEM)" }
        return nil
    }
}
