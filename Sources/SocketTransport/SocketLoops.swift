#if os(Linux)
import CLinuxSockets
import Glibc
import NIOConcurrencyHelpers
package import NIOCore
package import SignalingRuntime
import Synchronization

/// The server's event loops and the listener that they share.
///
/// Which loop accepts a connection is the kernel's choice. Which one keeps it, once it is a WebSocket, is its room's: both sides of a room
/// are on one loop, so that no frame crosses threads.
package final class SocketLoops: Sendable {
    private let loops: [EpollLoop]
    private let connections: ConnectionCount
    private let listener = NIOLockedValueBox<CInt?>(nil)
    private let isResting = Atomic<Bool>(false)

    package init(count: Int, hub: Hub, gatherSize: Int, firstRead: Int) throws {
        var loops: [EpollLoop] = []
        do {
            for index in 0..<count {
                let metrics = hub.metricsShard(loop: index)
                loops.append(try EpollLoop(clock: hub.clock, metrics: metrics, gatherSize: gatherSize, firstRead: firstRead))
            }
        } catch {
            for loop in loops { loop.finish() }
            throw error
        }
        self.loops = loops
        self.connections = hub.connections
        for loop in loops { loop.start(in: self) }
    }

    package var first: any EventLoop { self.loops[0] }

    func loop(for key: UInt64) -> EpollLoop { self.loops[Int(key % UInt64(self.loops.count))] }

    /// Listens and accepts; answers the address, with the port that the system chose if it was 0.
    package func listen(
        on address: SocketAddress, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver,
        report: @escaping @Sendable (any Error) -> Void
    ) async throws -> SocketAddress? {
        let descriptor = try Listener.open(address)
        self.listener.withLockedValue { $0 = descriptor }
        let bound = try Listener.address(of: descriptor)
        let connections = self.connections
        for loop in self.loops {
            try await self.run(on: loop) {
                try loop.accept(with: Acceptor(descriptor, connections: connections, makeDriver: makeDriver, report: report))
            }
        }
        return bound
    }

    /// Accepts no more; clients that nobody has accepted are cut off.
    package func closeListener() async {
        guard let descriptor = self.listener.withLockedValue({ $0.take() }) else { return }
        for loop in self.loops { try? await self.run(on: loop) { loop.stopAccepting() } }
        _ = Glibc.close(descriptor)
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

    /// Unlike `submit` this fails when the loop has ended, where a future of that loop would never be completed.
    private func run(on loop: EpollLoop, _ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            if !loop.hand({ done.resume(with: Result(catching: body)) }) { done.resume(throwing: EventLoopError.shutdown) }
        }
    }

    // MARK: - For loops

    /// A loop stopped accepting for want of room or of descriptors, until something closes. It then has to look once more whether there is
    /// room: either it sees that a socket was closed meanwhile, or whoever closed that sees this note. Hence the fence, here and there.
    func restsFromAccepting() {
        self.isResting.store(true, ordering: .releasing)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// A connection is closed, and no longer counted. Called on any loop.
    func socketClosed() {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard self.isResting.load(ordering: .relaxed), self.isResting.exchange(false, ordering: .acquiringAndReleasing) else { return }
        for loop in self.loops { loop.execute { loop.acceptor?.goOn(loop) } }
    }
}
#endif
