import CSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Has the system write the log to the disk while it grows. Otherwise whoever carries it over into the file waits for all of it at once, and
/// with them every change that comes meanwhile.
struct LogWriteback {
    /// Pages that gather in between: half a MiB.
    private static let interval = 128

    private let path: String
    /// Pages that the log had the last time.
    private var begun = 0

    /// - Parameter path: That of the log.
    init(path: String) { self.path = path }

    /// The log has as many pages now. It waits for nothing, and nobody counts on what it does.
    mutating func grown(to pages: Int) {
        guard self.isDue(at: pages) else { return }
        // A descriptor of its own, which SQLite's locks do not suffer by when it is closed: they are not on the log.
        let descriptor = open(self.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        csq_begin_writing(descriptor)
        _ = systemClose(descriptor)
    }

    mutating func isDue(at pages: Int) -> Bool {
        // The log begins anew when all of it was carried over.
        if pages < self.begun { self.begun = 0 }
        guard pages - self.begun >= Self.interval else { return false }
        self.begun = pages
        return true
    }
}
