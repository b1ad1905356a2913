import ByteStreams
import CPortableSockets
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The Unix socket at HANDOVER's path, where a server waits for the one that follows it.
///
/// It is made under another name beside the path, with permissions for its owner alone, and renamed when it listens. So the path leads to a
/// server of before, or to this one, and nobody else can connect in between.
final class HandoverSocket: Sendable {
    let owned: OwnedDescriptor
    private let path: String
    private let firstPath: String
    private let file: FileIdentity

    private static let suffixLength = 9
    private static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1 - suffixLength

    init(_ path: String) throws(StartupError) {
        guard path.utf8.count <= Self.longestPath else {
            throw StartupError("HANDOVER=\(path): must be a path of at most \(Self.longestPath) bytes")
        }
        try Self.checkThatNothingElseIsThere(path)
        self.path = path
        let digits = String(UInt32.random(in: 0...(.max)), radix: 16)
        let firstPath = path + "." + String(repeating: "0", count: Self.suffixLength - 1 - digits.utf8.count) + digits
        self.firstPath = firstPath
        do {
            let address = try SocketAddress(unixDomainSocketPath: firstPath)
            self.owned = OwnedDescriptor(psk_socket(AF_UNIX))
            let number = self.owned.number
            guard number >= 0 else { throw SystemCallError("socket") }
            guard address.withSockAddr({ bind(number, $0, socklen_t($1)) }) == 0 else { throw SystemCallError("bind") }
            guard let file = FileIdentity(firstPath) else { throw SystemCallError("lstat") }
            self.file = file
            guard chmod(firstPath, 0o600) == 0 else { throw SystemCallError("chmod") }
        } catch {
            throw StartupError("HANDOVER=\(path): no socket can be made there: \((error as? SystemCallError)?.reason ?? "\(error)")")
        }
    }

    deinit { self.remove() }

    /// Listens, in place of whichever server was to be found there before.
    func takePath() throws(StartupError) {
        // Time has passed.
        try Self.checkThatNothingElseIsThere(self.path)
        guard listen(self.owned.number, 8) == 0, rename(self.firstPath, self.path) == 0 else {
            throw StartupError("HANDOVER=\(self.path): no socket can be put there: \(SystemCallError("rename").reason)")
        }
    }

    /// Leaves the path to the next one, which will replace what is there.
    func close() { self.owned.close() }

    func remove() {
        // As long as the socket is open, nothing else can have its file's number. Afterwards the path may be another server's.
        guard self.owned.number >= 0 else { return }
        for path in [self.firstPath, self.path] where FileIdentity(path) == self.file { unlink(path) }
        self.owned.close()
    }

    /// A socket may be replaced, anything else is somebody's file.
    private static func checkThatNothingElseIsThere(_ path: String) throws(StartupError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw StartupError("HANDOVER=\(path): cannot be looked at: \(SystemCallError("lstat").reason)")
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw StartupError("HANDOVER=\(path): is there and is no socket: name a path that is free")
        }
    }
}

/// Which file a path leads to.
private struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        (self.device, self.number) = (status.st_dev, status.st_ino)
    }
}
