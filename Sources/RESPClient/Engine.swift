package import ByteStreams
import NIOConcurrencyHelpers
package import RESPCore

/// An engine behind a connection that is made anew whenever it ends. It lives on one loop; anyone may call, from any thread.
///
/// While there is no connection, calls fail at once: nothing is kept for later.
package final class Engine: ScriptEngine {
    /// Calls from other threads that may wait for the loop.
    package static let mostQueued = 65_536
    /// Bytes of their keys and arguments.
    package static let mostQueuedBytes = 8 << 20

    private struct QueuedCall: Sendable {
        let caller: EngineCaller
        let keys: [RESPArgument]
        let arguments: [RESPArgument]
    }

    private struct Queue: Sendable {
        var calls: ContiguousArray<QueuedCall> = []
        var bytes = 0
        /// The loop has been given the task of taking them.
        var isTaskDue = false
    }

    private enum Queueing { case first, behindOthers, full }

    private let loop: any StreamLoop
    private let board: EngineBoard
    private let queue = NIOLockedValueBox(Queue())
    /// Touched on `loop` only: whoever is elsewhere goes by the queue, and `start` and `stop` are called there.
    nonisolated(unsafe) private let link: EngineLink

    /// On the loop of `context`.
    package init(
        _ settings: EngineSettings, context: LoopContext, dialer: any EngineDialer,
        random: @escaping () -> UInt64 = { .random(in: 0...(.max)) }
    ) {
        self.loop = context.loop
        self.board = EngineBoard(scripts: settings.scripts.count)
        self.link = EngineLink(settings, context: context, dialer: dialer, board: self.board, random: random)
    }

    package var state: EngineState { self.board.state }
    package var figures: EngineFigures { self.board.figures }

    package func whenStateChanges(_ tell: @escaping @Sendable (EngineState) -> Void) { self.board.whenStateChanges(tell) }

    /// On the loop.
    package func start() {
        self.loop.assertIsCurrent()
        self.link.start()
    }

    /// On the loop: closes the connection, for good. It is to be called before the loop ends.
    package func stop() {
        self.loop.assertIsCurrent()
        self.link.stop()
    }

    package func call(
        _ script: ScriptID, keys: [RESPArgument], arguments: [RESPArgument],
        _ done: @escaping @Sendable (Result<RESPValue, EngineError>) -> Void
    ) {
        let caller = EngineCaller(script: script, done: done)
        if self.loop.isCurrent { return self.link.call(caller, keys: keys, arguments: arguments) }
        let bytes = RESPCommand.length(keys, arguments)
        let queueing = self.queue.withLockedValue { queue -> Queueing in
            guard queue.calls.count < Self.mostQueued, bytes <= Self.mostQueuedBytes - queue.bytes else { return .full }
            queue.bytes += bytes
            queue.calls.append(QueuedCall(caller: caller, keys: keys, arguments: arguments))
            defer { queue.isTaskDue = true }
            return queue.isTaskDue ? .behindOthers : .first
        }
        switch queueing {
        case .first: self.loop.execute { self.takeQueue() }
        case .behindOthers: break
        case .full: self.board.settle(caller, .failure(.busy))
        }
    }

    private func takeQueue() {
        let calls = self.queue.withLockedValue { queue in
            defer { queue = Queue() }
            return queue.calls
        }
        for call in calls { self.link.call(call.caller, keys: call.keys, arguments: call.arguments) }
        self.link.context.flushTouched()
    }
}
