#if os(Linux)
package import ByteStreams
import NIOConcurrencyHelpers
import FairShares
import Synchronization

/// The server's event loops and the listener that they share.
///
/// Which loop accepts a connection is the kernel's choice. Which one keeps it, once it is a WebSocket, is its room's: both sides of a room
/// are on one loop, so that no frame crosses threads.
package final class SocketLoops: Transport {
    private let loops: [EpollLoop]
    private let policy: AcceptPolicy
    private let proxyHeaders: ProxyHeaders?
    private let listener = NIOLockedValueBox<ListeningSocket?>(nil)

    package init(_ settings: TransportSettings) throws {
        var loops: [EpollLoop] = []
        do {
            for _ in 0..<settings.loops { loops.append(try EpollLoop(settings)) }
        } catch {
            for loop in loops { loop.finish() }
            throw error
        }
        self.loops = loops
        self.policy = settings.accepting
        self.proxyHeaders = settings.proxyHeaders
        // Not to keep them alive: as long as they run, they hold this object.
        self.policy.whenAcceptingGoesOn { [weak self] in self?.goOnAccepting() }
        self.policy.whenSpaceIsNeeded { [weak self] in self?.makeSpace($0, on: 0) }
        for loop in loops { loop.start(in: self) }
    }

    private func goOnAccepting() {
        for loop in self.loops { loop.execute { loop.acceptor?.goOn() } }
    }

    /// One loop after the other, until a connection is found that nobody needs.
    private func makeSpace(_ shares: ClientShares, on index: Int) {
        guard index < self.loops.count else { return }
        let loop = self.loops[index]
        loop.execute {
            if !loop.context.connections.makeSpace(shares) { self.makeSpace(shares, on: index + 1) }
        }
    }

    func loop(for key: UInt64) -> EpollLoop { self.loops[Int(key % UInt64(self.loops.count))] }

    package func listen(
        on socket: ListeningSocket, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver
    ) async throws {
        self.listener.withLockedValue { $0 = socket }
        let policy = self.policy
        let makeDriver = self.proxyHeaders?.before(makeDriver) ?? makeDriver
        for loop in self.loops {
            try await self.run(on: loop) {
                try loop.accept(with: Acceptor(socket.descriptor, policy, on: loop, makeDriver: makeDriver))
            }
        }
    }

    package func closeListener() async {
        guard let socket = self.listener.withLockedValue({ $0.take() }) else { return }
        for loop in self.loops { try? await self.run(on: loop) { loop.stopAccepting() } }
        socket.close()
    }

    package func onFirst(_ body: @escaping @Sendable (LoopContext) -> Void) async throws {
        try await self.run(on: self.loops[0]) { [loop = self.loops[0]] in body(loop.context) }
    }

    /// Runs something on every loop, with its context, and waits for all.
    package func onEach(_ body: @escaping @Sendable (LoopContext) -> Void) async throws {
        for loop in self.loops { try await self.run(on: loop) { body(loop.context) } }
    }

    /// Closes everything and ends the threads; what is asked of the loops afterwards fails, or does nothing.
    package func stop() async {
        await self.closeListener()
        // All at once, then one after the other.
        for loop in self.loops { loop.stop {} }
        for loop in self.loops { await withCheckedContinuation { ended in loop.stop { ended.resume() } } }
    }

    /// Fails when the loop has ended.
    private func run(on loop: EpollLoop, _ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            if !loop.hand({ done.resume(with: Result(catching: body)) }) { done.resume(throwing: LoopHasEnded()) }
        }
    }
}
#endif
