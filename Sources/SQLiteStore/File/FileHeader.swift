#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What a file says of itself in its first bytes, read before SQLite is let near it: a file that is not a store is not touched.
enum FileHeader: Equatable {
    case missing
    case empty
    case other
    case database(application: UInt32, version: UInt32)

    /// Bytes of a database file's header.
    private static let length = 100
    private static let magic = Array("SQLite format 3\0".utf8)

    /// Must not be called for a file that this process has open as a database: to close it again gives up the locks on it.
    static func read(_ place: FilePlace) throws(StoreFault) -> FileHeader {
        guard let status = FilePlace.status(place.path) else { return .missing }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StoreFault("is not a file", "name a file") }
        let descriptor = open(place.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StoreFault("cannot be read: \(DatabaseFault.text(of: errno))", "let the server's user read and write it")
        }
        defer { _ = systemClose(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.length)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw StoreFault(DatabaseFault(.unreadable, DatabaseFault.text(of: errno))) }
        if count == 0 { return .empty }
        guard count == bytes.count, bytes.starts(with: Self.magic) else { return .other }
        return .database(application: Self.number(bytes[68..<72]), version: Self.number(bytes[60..<64]))
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}

/// The C library's `close`, which a method of the same name would hide.
func systemClose(_ descriptor: CInt) -> CInt { close(descriptor) }
