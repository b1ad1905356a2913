#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension RawLoop {
    /// Writes at once; what the socket does not take goes when it can be written again. That a connection has ended, reading says.
    package func send(_ bytes: [UInt8], on connection: RawConnection) {
        guard connection.isOpen else { return }
        var sent = 0
        if connection.unsent.isEmpty {
            sent = self.write(bytes, connection)
            if sent == bytes.count { return }
        }
        guard sent >= 0 else { return }
        connection.unsent.append(contentsOf: bytes[sent...])
        self.poller.watchWriting(connection.descriptor, tag: connection.tag, true)
    }

    func flush(_ connection: RawConnection) {
        let sent = self.write(connection.unsent, connection)
        if sent < 0 { connection.unsent = [] } else { connection.unsent.removeFirst(sent) }
        if connection.unsent.isEmpty { self.poller.watchWriting(connection.descriptor, tag: connection.tag, false) }
    }

    /// The number of bytes that the socket took, or -1 where it will take none any more.
    private func write(_ bytes: [UInt8], _ connection: RawConnection) -> Int {
        let count = bytes.withUnsafeBytes { SystemCalls.write($0, connection.descriptor) }
        guard count < 0 else { return count }
        let number = errno
        if number == EAGAIN || number == EINTR || number == ENOTCONN { return 0 }
        connection.writeError = connection.writeError ?? number
        return -1
    }
}
