import ByteStreams
import CPortableSockets
import Logging
import NIOConcurrencyHelpers
import ServerThreads

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Waits at HANDOVER for the server that follows this one, on a thread of its own, and hands the listeners over to it.
final class HandoverListener: Sendable {
    private struct State {
        /// Known when the thread has ended: whoever has taken over, or nobody.
        var outcome: Successor??
        var waiting: CheckedContinuation<Successor?, Never>?
    }

    private let socket: HandoverSocket
    private let listeners: [(role: ListenerRole, socket: ListeningSocket)]
    private let logger: Logger
    private let state = NIOLockedValueBox(State())
    private let wakeup: WakeupPipe

    /// How long until accepting is tried again, when it fails.
    private static let pauseAfterFailure = Duration.milliseconds(200)

    /// - Parameter listeners: Descriptors of their own, closed when the wait is over.
    init(
        _ socket: HandoverSocket, _ listeners: [(role: ListenerRole, socket: ListeningSocket)], logger: Logger
    ) throws(SystemCallError) {
        self.socket = socket
        self.listeners = listeners
        self.logger = logger
        self.wakeup = try WakeupPipe()
        startThread { self.run() }
    }

    /// Ends the wait, unless somebody is just taking over.
    func stop() { self.wakeup.wake() }

    /// Whoever takes over; nil when the wait was ended. Called once.
    func outcome() async -> Successor? {
        await withCheckedContinuation { waiting in
            let outcome = self.state.withLockedValue { state -> Successor?? in
                if state.outcome == nil { state.waiting = waiting }
                return state.outcome
            }
            if let outcome { waiting.resume(returning: outcome) }
        }
    }

    // MARK: - On the thread

    private func run() {
        let successor = self.wait()
        if successor == nil { self.socket.remove() } else { self.socket.close() }
        for listener in self.listeners { listener.socket.close() }
        let waiting = self.state.withLockedValue { state in
            state.outcome = .some(successor)
            return state.waiting.take()
        }
        waiting?.resume(returning: successor)
    }

    private func wait() -> Successor? {
        while waitForInput(at: [self.wakeup.descriptor, self.socket.owned.number]) == 1 {
            let accepted = OwnedDescriptor(psk_accept(self.socket.owned.number))
            guard accepted.number >= 0 else {
                // Whoever connected may have left. If it is for want of descriptors, the next look finds the same.
                if errno != EAGAIN { _ = waitForInput(at: [self.wakeup.descriptor], until: .now + Self.pauseAfterFailure) }
                continue
            }
            do {
                let connection = HandoverConnection(accepted)
                try self.handOver(to: connection)
                return Successor(connection: connection)
            } catch {
                self.logger.warning("the next server did not take over", metadata: ["reason": "\(error)"])
            }
        }
        return nil
    }

    private func handOver(to connection: HandoverConnection) throws {
        try connection.checkPeer()
        guard let version = try connection.receiveByte() else { throw HandoverFailure("it left without a word") }
        guard version == HandoverProtocol.version else {
            // So that it can say why.
            try connection.send([HandoverProtocol.version])
            throw HandoverFailure("it speaks another version of the protocol")
        }
        try connection.send([HandoverProtocol.version] + self.listeners.map(\.role.rawValue), passing: self.listeners.map(\.socket))
        guard try connection.receiveByte() == HandoverProtocol.taken else { throw HandoverFailure("it left") }
        try connection.send([HandoverProtocol.agreed])
    }
}

/// The server that has taken over this one's listeners, and waits for what this one holds.
struct Successor: Sendable {
    fileprivate let connection: HandoverConnection

    /// Nothing changes any more that the next one may hold.
    func stateIsFree() {
        // If it has gone, there is nobody to tell.
        try? self.connection.send([HandoverProtocol.stateIsFree])
        self.connection.close()
    }
}
