import SignalingTestKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder for one test's store; deleted with the store's files.
final class TemporaryFolder {
    let path: String

    init() throws { self.path = try ChildProcess.temporaryFolder() }

    deinit {
        for name in ["", "-wal", "-shm", "-lock"] { unlink(self.path + "/state.db" + name) }
        rmdir(self.path)
    }
}
