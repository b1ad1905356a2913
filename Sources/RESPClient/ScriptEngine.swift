package import RESPCore

/// Something that runs scripts on data of its own, one at a time: an engine behind a connection, or a model of one.
package protocol ScriptEngine: AnyObject, Sendable {
    /// May be asked on any thread; a call may find it changed.
    var state: EngineState { get }

    /// Called on the engine's loop at each change of `state`, which is its argument. Set before the engine starts, by the one who owns it.
    func whenStateChanges(_ tell: @escaping @Sendable (EngineState) -> Void)

    /// Runs a script, once at the most. Calls from one thread reach the engine in their order.
    ///
    /// `done` is called once, unless the engine's loop ends before: on that loop, or, where nothing can be sent, perhaps from within this
    /// call. Replies may be slices of a read buffer: whoever keeps one for long copies it.
    func call(
        _ script: ScriptID, keys: [RESPArgument], arguments: [RESPArgument],
        _ done: @escaping @Sendable (Result<RESPValue, EngineError>) -> Void)
}

package enum EngineState: Equatable, Sendable {
    /// For this reason, a sentence.
    case down(String)
    case connecting
    case ready(SessionFacts)

    package var isReady: Bool { if case .ready = self { true } else { false } }
}
