package import ByteStreams
package import Logging
import NIOConcurrencyHelpers
package import NIOCore
package import STUNCore
import ServerThreads
import Synchronization

/// Tells clients their addresses, by STUN over UDP, on a thread of its own, of which no connection and no event loop knows.
package final class STUNService: Sendable {
    private enum Life {
        case running(waiting: [CheckedContinuation<Void, Never>])
        case ended
    }

    private let address: SocketAddress
    private let limits: STUNLimits
    private let clock: ServerClock
    private let logger: Logger
    private let wakeup: WakeupPipe
    private let isStopping = Atomic<Bool>(false)
    private let isFollowed = Atomic<Bool>(false)
    private let life = NIOLockedValueBox(Life.running(waiting: []))
    private let counted = NIOLockedValueBox(STUNFigures())
    private let answered: AnsweredPort

    /// Begins. Where the port is not to be had that is a warning, and it is tried again until it is.
    package init(
        at address: SocketAddress, answered: AnsweredPort = AnsweredPort(), limits: STUNLimits = STUNLimits(),
        clock: ServerClock = .system, logger: Logger
    ) throws(SystemCallError) {
        self.address = address
        self.answered = answered
        self.limits = limits
        self.clock = clock
        self.logger = logger
        self.wakeup = try WakeupPipe()
        let socket = self.open(isFirst: true)
        startThread { self.run(socket) }
    }

    /// Where requests are answered; nil as long as they are not.
    package var port: Int? { self.answered.value }

    package var figures: STUNFigures { self.counted.withLockedValue { $0 } }

    /// Lets go of the port, and returns when the thread has ended: at most a tick later.
    ///
    /// - Parameter isFollowed: The next server answers there from now on, so that ``port`` stays what it is.
    package func stop(isFollowed: Bool = false) async {
        self.isFollowed.store(isFollowed, ordering: .relaxed)
        self.isStopping.store(true, ordering: .releasing)
        self.wakeup.wake()
        await withCheckedContinuation { continuation in
            let hasEnded = self.life.withLockedValue { life in
                guard case .running(let waiting) = life else { return true }
                life = .running(waiting: waiting + [continuation])
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }

    // MARK: - On the thread

    private func run(_ socket: STUNSocket?) {
        if let socket = socket ?? self.openLater() {
            self.serve(socket)
            socket.close()
        }
        if !self.isFollowed.load(ordering: .relaxed) { self.answered.value = nil }
        let waiting = self.life.withLockedValue { life -> [CheckedContinuation<Void, Never>] in
            guard case .running(let waiting) = life else { return [] }
            life = .ended
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private var mustStop: Bool { self.isStopping.load(ordering: .acquiring) }

    /// Nil if it was told to stop before.
    private func openLater() -> STUNSocket? {
        while waitForInput(at: [self.wakeup.descriptor], until: .now + self.limits.pauseBeforeRetry) == nil {
            guard let socket = self.open(isFirst: false) else { continue }
            self.logger.info("answering STUN requests", metadata: ["port": .stringConvertible(self.port ?? 0)])
            return socket
        }
        return nil
    }

    private func open(isFirst: Bool) -> STUNSocket? {
        do {
            let socket = try STUNSocket(self.address)
            self.answered.value = try socket.port()
            return socket
        } catch {
            guard isFirst else { return nil }
            self.logger.warning(
                """
                STUN requests are not answered, as the UDP port cannot be had; trying again: free it, or set STUN_PORT to another one, or \
                to 0 for none
                """,
                metadata: ["port": .stringConvertible(self.address.port ?? 0), "reason": "\(error)"])
            return nil
        }
    }

    private func serve(_ socket: STUNSocket) {
        var rounds = STUNRounds(at: socket, wakeup: self.wakeup, limits: self.limits, clock: self.clock)
        while !self.mustStop {
            let counted = rounds.next()
            self.counted.withLockedValue { $0.add(counted) }
        }
    }
}
