#if os(Linux)
import Glibc
import NIOConcurrencyHelpers
import SignalingTestKit

/// A service manager in a test's hands: the socket of NOTIFY_SOCKET, and what was sent there.
final class FakeManager: Sendable {
    /// As NOTIFY_SOCKET has it.
    let name: String
    private let descriptor: CInt
    private let folder: String
    private let received = NIOLockedValueBox<[String]>([])

    init(isAbstract: Bool = false) throws {
        self.folder = try ChildProcess.temporaryFolder()
        let path = self.folder + "/notify"
        self.name = isAbstract ? "@nt-test" + path : path
        self.descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(self.name.utf8)
        if isAbstract { bytes[0] = 0 }
        // Some dozens of bytes: there is space for a hundred.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let descriptor = self.descriptor
        let isBound = withUnsafePointer(to: &address) { pointer in
            // A socket's address of any family is passed as that of none, with its length.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) } == 0
        }
        guard isBound else { throw SocketFailure.unexpected("no socket for notices") }
    }

    deinit {
        close(self.descriptor)
        unlink(self.folder + "/notify")
        rmdir(self.folder)
    }

    /// All notices so far.
    var notices: [String] {
        self.received.withLockedValue { notices in
            var bytes = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(self.descriptor, &bytes, bytes.count, 0), count > 0 {
                notices.append(String(decoding: bytes[..<count], as: UTF8.self))
            }
            return notices
        }
    }

    var lines: [String] { self.notices.flatMap { $0.split(separator: "\n").map(String.init) } }
}
#endif
