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

/// One end of the connection between a server and the one that follows it. Its calls block, for a bounded time.
struct HandoverConnection: Sendable {
    struct Message {
        var bytes: [UInt8]
        var passed: [OwnedDescriptor]
    }

    private let owned: OwnedDescriptor

    init(_ owned: OwnedDescriptor) { self.owned = owned }

    /// Nil if nobody listens there.
    static func open(to path: String) throws -> HandoverConnection? {
        let address = try SocketAddress(unixDomainSocketPath: path)
        let owned = OwnedDescriptor(psk_socket(AF_UNIX))
        guard owned.number >= 0 else { throw SystemCallError("socket") }
        guard address.withSockAddr({ connect(owned.number, $0, socklen_t($1)) }) == 0 else {
            if errno == ECONNREFUSED || errno == ENOENT { return nil }
            throw SystemCallError("connect")
        }
        return HandoverConnection(owned)
    }

    func close() { self.owned.close() }

    /// Descriptors are passed to, and taken from, nobody but this user and the superuser, whatever the permissions of the path are.
    func checkPeer() throws {
        var user = uid_t()
        guard psk_peer_user(self.owned.number, &user) == 0 else { throw SystemCallError("getsockopt") }
        guard user == geteuid() || user == 0 else { throw HandoverFailure("a process of another user (\(user)) is at its other end") }
    }

    func send(_ bytes: [UInt8], passing sockets: [ListeningSocket] = []) throws {
        let numbers = sockets.map(\.descriptor)
        // A few bytes: the socket takes them at once.
        let count = psk_send(self.owned.number, bytes, bytes.count, numbers, numbers.count)
        guard count == bytes.count else { throw SystemCallError("sendmsg") }
    }

    /// Whether something comes in that time, or the connection ends.
    func hasInput(within patience: Duration) -> Bool { waitForInput(at: [self.owned.number], until: .now + patience) != nil }

    /// One byte, behind which further messages may have arrived; nil at the end of the connection.
    func receiveByte() throws -> UInt8? { try self.receive(atMost: 1)?.bytes.first }

    /// So many bytes of what has arrived, with the descriptors that came along; nil at the end of the connection.
    func receive(atMost most: Int = 16) throws -> Message? {
        guard self.hasInput(within: HandoverProtocol.patience) else {
            throw HandoverFailure("nothing came within \(HandoverProtocol.patience.components.seconds) s")
        }
        var bytes = [UInt8](repeating: 0, count: most)
        var numbers = [CInt](repeating: -1, count: psk_most_descriptors)
        var passed = 0
        // Both arrays are as long as the call is told, or knows.
        let count = psk_receive(self.owned.number, &bytes, bytes.count, &numbers, &passed)
        guard count >= 0 else {
            if errno == ECONNRESET { return nil }
            throw SystemCallError("recvmsg")
        }
        let message = Message(bytes: Array(bytes.prefix(count)), passed: numbers.prefix(passed).map { OwnedDescriptor($0) })
        return count == 0 ? nil : message
    }
}
