import ServerConfiguration

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which file a path leads to, through all symbolic links, and when that was written last. What has another stamp is another file, or has
/// other contents.
struct FileStamp: Equatable, Sendable {
    private let device: UInt64
    private let number: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// Nil where there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
        let written = status.st_mtimespec
        #else
        let written = status.st_mtim
        #endif
        self.device = UInt64(truncatingIfNeeded: status.st_dev)
        self.number = UInt64(truncatingIfNeeded: status.st_ino)
        self.size = Int64(status.st_size)
        self.seconds = written.tv_sec
        self.nanoseconds = written.tv_nsec
    }
}

/// The files whose contents a server reads again, as they are now.
struct FileStamps: Sendable {
    private var stamps: [(name: String, stamp: FileStamp?)]
    /// Those of the certificate come first.
    private static let ofCertificate = 0..<2

    init(_ settings: ServerSettings) {
        var jwks: String?
        if case .file(let path) = settings.authJWKS { jwks = path }
        let paths = [
            ("TLS_CERT_FILE", settings.tlsCertificateFile), ("TLS_KEY_FILE", settings.tlsKeyFile), ("API_KEYS_FILE", settings.apiKeysFile),
            ("AUTH_JWT_SECRET_FILE", settings.authJWTSecretFile), ("AUTH_JWKS", jwks), ("TURN_SECRET_FILE", settings.turnSecretFile),
        ]
        self.stamps = paths.map { ($0, $1.flatMap { FileStamp($0) }) }
    }

    /// The variables whose files are others now.
    func changed(since before: FileStamps) -> [String] {
        zip(self.stamps, before.stamps).filter { $0.stamp != $1.stamp }.map(\.0.name)
    }

    var certificate: [FileStamp?] { self.stamps[Self.ofCertificate].map(\.stamp) }

    mutating func takeCertificate(of other: FileStamps) {
        self.stamps.replaceSubrange(Self.ofCertificate, with: other.stamps[Self.ofCertificate])
    }
}
