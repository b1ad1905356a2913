#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where a store's file is: one path, however it was named.
struct FilePlace: Equatable, Sendable {
    let path: String

    /// Which file it is, wherever it is moved.
    struct Identity: Equatable { let device: UInt64; let number: UInt64 }

    /// Finds the place of a file that there need not be yet.
    init(_ path: String) throws(StoreFault) {
        if let real = Self.real(path) {
            self.path = real
            return
        }
        guard errno == ENOENT || errno == ENOTDIR else {
            throw StoreFault("cannot be reached: \(DatabaseFault.text(of: errno))", "name another file")
        }
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let folder = slash.map { path[...$0] } ?? "."
        guard !name.isEmpty, let real = Self.real(String(folder)) else {
            throw StoreFault.directory(String(folder), "does not exist", "make it, and let the server's user write it")
        }
        self.path = real == "/" ? "/\(name)" : "\(real)/\(name)"
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    var folder: String {
        guard let slash = self.path.lastIndex(of: "/"), slash > self.path.startIndex else { return "/" }
        return String(self.path[..<slash])
    }

    var log: String { self.path + "-wal" }
    var lock: String { self.path + "-lock" }

    /// Nil if there is no such file.
    var identity: Identity? { Self.status(self.path).map { Identity(device: UInt64($0.st_dev), number: UInt64($0.st_ino)) } }

    /// The file and its write-ahead log.
    var bytes: Int { [self.path, self.log].reduce(0) { $0 + (Self.size($1) ?? 0) } }

    /// Nil if there is no such file.
    static func size(_ path: String) -> Int? { self.status(path).map { Int($0.st_size) } }

    static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
