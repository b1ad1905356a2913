import ByteStreams
import NIOCore
import TimeKeeping
package import WebSocketCore

/// The close handshake, as far as it is more than `CloseHandshake` decides: frames, the stream, the timer.
extension WebSocketConnection {
    /// The same for a client that will hardly respond, or whose memory others need.
    private static let shortCloseTimeout = TimeSpan.seconds(1)

    /// The server closes. What was queued before goes out first.
    package func beginClose(_ code: CloseCode, reason: String? = nil, afterViolation: Bool = false) {
        switch self.phase {
        case .idle, .held, .open: break
        case .closing(var handshake):
            guard afterViolation else { return }
            handshake.violated()
            self.phase = .closing(handshake)
            return
        case .closed: return
        }
        let timeout = code == .unresponsive || code == .slowConsumer ? Self.shortCloseTimeout : self.settings.closeTimeout
        let deadline = self.context.clock.now() + timeout
        self.sendClose(
            code.rawValue, by: .server(code), reason: reason ?? self.sink.closeReason(code),
            CloseHandshake(code: code.rawValue, afterViolation: afterViolation, deadline: deadline))
    }

    /// Others need the memory that what waits for this client takes. One that is closing already is not cut off at once either: it would not
    /// learn why it is closed, and one that was replaced would come back and take the side from its successor.
    func giveUpOutput() {
        guard self.countedOutputBytes > 0 else { return }
        guard case .closing(var handshake) = self.phase else { return self.beginClose(.slowConsumer) }
        handshake.shorten(to: self.context.clock.now() + Self.shortCloseTimeout)
        self.phase = .closing(handshake)
        self.scheduleTimer()
    }

    func receiveClose(_ code: UInt16?) {
        switch self.phase {
        case .idle, .held, .open:
            // "It typically echos the status code it received."
            let deadline = self.context.clock.now() + self.settings.closeTimeout
            self.sendClose(code, by: .client, reason: "", CloseHandshake(respondingTo: code, deadline: deadline))
        case .closing(var handshake):
            handshake.closeReceived()
            self.phase = .closing(handshake)
            self.drainOutbox()
        case .closed: break
        }
    }

    /// Ends the stream once the close frame is out and nothing more is waited for.
    func endIfSent() {
        guard case .closing(var handshake) = self.phase, !self.outbox.isPending, let ending = handshake.sent() else { return }
        self.phase = .closing(handshake)
        switch ending {
        case .connection: self.stream?.closeWhenSent()
        case .output: self.stream?.closeOutput()
        }
    }

    private func sendClose(_ code: UInt16?, by cause: WebSocketCloseCause, reason: String, _ handshake: CloseHandshake) {
        self.enqueue { WebSocketFrame.writeClose(code, reason: reason, into: &$0) }
        self.outbox.seal(self.context)
        self.phase = .closing(handshake)
        self.scheduleTimer()
        // Others hear of it now, not when the socket is gone.
        self.sink.closes(cause)
        // From here on input is read whoever is behind: only the client's close is looked for.
        self.processKept()
        self.updateReading()
    }
}
