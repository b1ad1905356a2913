import MetricsCore
import NIOConcurrencyHelpers
import RESPCore
import TimeKeeping

/// What an engine shows to other threads. Its lock is held for a few stores; nothing is called under it.
final class EngineBoard: Sendable {
    private struct Shown {
        var state = EngineState.down("not started")
        var figures: EngineFigures
        var tell: (@Sendable (EngineState) -> Void)?
    }

    private let shown: NIOLockedValueBox<Shown>

    init(scripts: Int) { self.shown = NIOLockedValueBox(Shown(figures: EngineFigures(scripts: scripts))) }

    var state: EngineState { self.shown.withLockedValue { $0.state } }
    var figures: EngineFigures { self.shown.withLockedValue { $0.figures } }

    func whenStateChanges(_ tell: @escaping @Sendable (EngineState) -> Void) { self.shown.withLockedValue { $0.tell = tell } }

    func change(to state: EngineState) {
        let tell = self.shown.withLockedValue { shown -> (@Sendable (EngineState) -> Void)? in
            guard shown.state != state else { return nil }
            shown.state = state
            shown.figures.isUp = state.isReady
            if state.isReady { shown.figures.becameReady() }
            return shown.tell
        }
        tell?(state)
    }

    func settle(_ caller: EngineCaller, _ result: Result<RESPValue, EngineError>, after time: TimeSpan? = nil) {
        self.shown.withLockedValue { shown in
            shown.figures.results[EngineResult(result)] += 1
            if let time { shown.figures.replied(caller.script, after: time) }
        }
        caller.done(result)
    }
}

/// Who waits for a reply.
struct EngineCaller: Sendable {
    let script: ScriptID
    let done: @Sendable (Result<RESPValue, EngineError>) -> Void
}
