package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The ways in which clients leave.
extension WebSocketClient {
    /// The close handshake: sends the frame, waits for the server's and for the end of the stream.
    @discardableResult
    package nonisolated(nonsending) func close(_ code: Int? = 1000, within limit: TimeAmount = .seconds(30)) async throws(LoadFailure)
        -> WebSocketEnd
    {
        self.sendClose(code)
        return try await self.ended(within: limit)
    }

    /// Waits for the connection's end, whoever brings it about.
    @discardableResult
    package nonisolated(nonsending) func ended(within limit: TimeAmount = .seconds(30)) async throws(LoadFailure) -> WebSocketEnd {
        try await self.changed.wait("the connection's end", within: limit) { self.phase == .ended }
        guard let end = self.end else { throw .ended("without saying how") }
        if case .violation = end.manner { throw .unexpected(end.description) }
        return end
    }

    /// Ends our direction without a close frame, as a process does that exits. What the server still sends is read.
    package func cut() {
        self.ownEnd = self.ownEnd ?? .cut
        self.flush()
        self.channel?.close(mode: .output, promise: nil)
    }

    /// Resets the connection: neither side's unsent bytes survive.
    package func reset() {
        guard let channel = self.channel else { return }
        self.ownEnd = self.ownEnd ?? .reset
        self.flush()
        // Called on the loop, so the option is set before the close. A channel that refuses it is closed already.
        _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        channel.close(promise: nil)
    }
}
