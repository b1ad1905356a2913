import NIOCore
import NIOPosix
import ServerConfiguration
import SignalingRuntime

/// The event loops and what the connections of each share.
struct EventLoops: Sendable {
    let group: MultiThreadedEventLoopGroup
    private let contexts: [NIOLoopBound<LoopContext>]
    private let loops: [any EventLoop]

    /// Half the cores, four at the most: a loop carries over 100,000 frames a second, and peers on different loops cost each other a
    /// wake-up (docs/performance.md).
    static func count(_ setting: EventLoopCount) -> Int {
        switch setting {
        case .count(let count): count
        case .auto: max(1, min(4, System.coreCount / 2))
        }
    }

    init(count: Int, hub: Hub, gatherSize: Int) async throws {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        self.loops = Array(self.group.makeIterator())
        var contexts: [NIOLoopBound<LoopContext>] = []
        for (index, loop) in self.loops.enumerated() {
            let shard = hub.metricsShard(loop: index)
            let context = try await loop.submit {
                NIOLoopBound(
                    LoopContext(eventLoop: loop, clock: hub.clock, metrics: shard, gatherSize: gatherSize), eventLoop: loop)
            }.get()
            contexts.append(context)
        }
        self.contexts = contexts
    }

    /// The context of a loop of this group; called on that loop.
    func context(of loop: any EventLoop) -> LoopContext {
        for (index, candidate) in self.loops.enumerated() where candidate === loop { return self.contexts[index].value }
        preconditionFailure("a channel was registered on a loop of another group")
    }

    /// Runs something on every loop, with its context, and waits for all.
    func onEach(_ body: @escaping @Sendable (LoopContext) -> Void) async throws {
        for (loop, context) in zip(self.loops, self.contexts) {
            try await loop.submit {
                body(context.value)
                context.value.flushTouched()
            }.get()
        }
    }

    var first: any EventLoop { self.loops[0] }
}
