import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping
import WebSocketCore

/// The close handshake (RFC 6455 section 7).
extension WebSocketHandler {
    /// The server closes. What was queued before goes out first.
    func beginClose(_ code: CloseCode) {
        guard self.mayBeginClose else { return }
        self.closeCode = self.closeCode ?? code.rawValue
        let reason = code == .policyViolation ? "side \(self.request.side.name) busy" : code.reason
        self.sendClose(code.rawValue, reason: reason)
        if code == .unresponsive || code == .slowConsumer {
            // It is not going to answer, and it may never take the rest.
            self.phase = .closing(until: self.loop.clock.now() + .seconds(1))
            self.scheduleTimer()
        }
    }

    func receiveClose(_ code: UInt16?) {
        self.hasReceivedClose = true
        if self.mayBeginClose {
            self.closeCode = self.closeCode ?? code ?? 1005
            // "It typically echos the status code it received."
            self.sendClose(code, reason: "")
        } else {
            self.drainOutbox()
        }
    }

    /// Once the close frame is out and the client's is in, the server closes the socket. After a violation it waits for no frame: it ends
    /// its own direction, upon which the client ends the other. A whole close would reset a client that is still sending, and the reset
    /// can overtake the close frame.
    func closeIfDone() {
        guard case .closing = self.phase, self.hasReceivedClose || self.hasViolated, !self.isClosing, self.outbox?.isPending == false,
            let stream = self.stream
        else { return }
        self.isClosing = true
        if self.hasReceivedClose { stream.closeWhenSent() } else { stream.closeOutput() }
    }

    private var mayBeginClose: Bool {
        switch self.phase {
        case .idle, .waiting, .open: true
        case .closing, .closed: false
        }
    }

    private func sendClose(_ code: UInt16?, reason: String) {
        self.enqueue { WebSocketFrame.writeClose(code, reason: reason, into: &$0) }
        self.outbox?.seal(self.loop)
        self.phase = .closing(until: self.loop.clock.now() + self.settings.closeTimeout)
        self.scheduleTimer()
        // The other side hears of it now, not when the socket is gone.
        self.membership?.leave(self.loop)
        self.membership = nil
        // From here on input is read whoever is behind: only the client's close is looked for.
        self.updateReading()
    }
}
