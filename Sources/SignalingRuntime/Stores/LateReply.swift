/// A store's reply that comes later, to whoever waits for it on a loop. Used on that loop only.
///
/// `@unchecked Sendable`: it is handed through other threads, which do nothing with it but to bring it back to its loop.
package final class LateReply<Value>: @unchecked Sendable {
    private var handler: ((Value) -> Void)?
    package private(set) var isAbandoned = false

    package init() {}

    /// Called once with the reply, unless that was abandoned.
    package func then(_ handler: @escaping (Value) -> Void) { self.handler = handler }

    /// Nobody waits for it any more: what was done for it is undone when it comes.
    package func abandon() {
        self.handler = nil
        self.isAbandoned = true
    }

    package func resolve(_ value: Value) { self.handler.take()?(value) }
}

extension LateReply: Equatable {
    package static func == (a: LateReply, b: LateReply) -> Bool { a === b }
}
