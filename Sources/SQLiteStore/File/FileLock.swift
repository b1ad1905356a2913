#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Keeps other processes from opening the same store to write it, until this object is gone or the process has ended.
///
/// It lies on a file of its own beside the store: SQLite locks parts of the database file, and a process that closes any descriptor of a
/// file gives up all such locks on it. The file stays when the lock is given up: who deletes it could delete the one that somebody else has
/// just locked.
final class FileLock: Sendable {
    private let descriptor: CInt

    /// Waits so long for another process to give it up.
    init(_ place: FilePlace, wait: Duration) throws(StoreFault) {
        let descriptor = open(place.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.fault(errno, place) }
        let end = ContinuousClock.now + wait
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let code = errno
                _ = systemClose(descriptor)
                throw StoreFault("cannot be locked: \(DatabaseFault.text(of: code))", "put it on a file system that has locks")
            }
            guard ContinuousClock.now < end else {
                let holder = Self.holder(descriptor)
                _ = systemClose(descriptor)
                throw StoreFault.held(by: holder)
            }
            usleep(20_000)
        }
        self.descriptor = descriptor
        // For whoever finds the lock taken; a disk that is full takes nothing from the lock itself.
        let pid = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, pid, pid.count, 0) }
    }

    deinit { _ = systemClose(self.descriptor) }

    /// Who wrote the number in the file.
    private static func holder(_ descriptor: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }, as: UTF8.self)
    }

    /// Throws if a process has it. Nothing is made where there is no file of it.
    static func checkFree(_ place: FilePlace) throws(StoreFault) {
        let descriptor = open(place.lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { _ = systemClose(descriptor) }
        // Given up again when the descriptor is closed, which is before anybody who starts meanwhile stops waiting.
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
        throw StoreFault.held(by: Self.holder(descriptor))
    }

    static func fault(_ code: CInt, _ place: FilePlace) -> StoreFault {
        switch code {
        case EACCES, EPERM:
            .directory(place.folder, "may not be written", "let the server's user make files in it")
        case EROFS: .directory(place.folder, "is on a file system that is mounted read-only", "name a file that may be written")
        case ENOSPC: StoreFault(DatabaseFault(.diskFull))
        case EDQUOT: StoreFault(DatabaseFault(.quota))
        default: .directory(place.folder, "takes no files: \(DatabaseFault.text(of: code))", "name a file elsewhere")
        }
    }
}
