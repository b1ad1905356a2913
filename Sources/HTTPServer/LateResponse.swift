package import ByteStreams

/// Whoever responds to a request later: what `HTTPOutcome.later` names. It bounds the time that takes; the connection waits as long as it
/// is not told.
///
/// All calls come on the connection's loop, and none after the response was given or `cancelled` was called.
package protocol DeferredResponse: AnyObject {
    /// The connection waits from now on. Called once; the response may be given from within.
    func begin(_ response: LateResponse)

    /// The client has left. Nothing is sent to it any more.
    func cancelled()

    /// The server is about to end: the response has to come soon, or the connection is closed without.
    func hurry()
}

/// The place of a response that comes later.
///
/// `@unchecked Sendable`: all of it is used on the connection's loop only, but `respond(from:)`, which reads nothing but the loop.
package final class LateResponse: @unchecked Sendable {
    let request: HTTPRequest
    private let context: LoopContext
    private let loop: any StreamLoop
    /// Until the response is given or nobody wants it any more: the two hold each other, and so does whoever responds.
    private var connection: HTTPConnection?
    private var deferred: (any DeferredResponse)?
    /// What was given from within `begin`.
    private var early: HTTPOutcome?
    private var isBeginning = false

    init(to request: HTTPRequest, _ deferred: any DeferredResponse, on connection: HTTPConnection) {
        self.request = request
        self.context = connection.context
        self.loop = connection.context.loop
        self.connection = connection
        self.deferred = deferred
    }

    /// Gives the response, or the upgrade, on the connection's loop. Only the first counts; it is dropped if the client has left.
    package func respond(_ outcome: HTTPOutcome) {
        self.loop.assertIsCurrent()
        guard let connection = self.connection else {
            if case .upgrade(let upgrade) = outcome { upgrade.abandoned() }
            return
        }
        self.letGo()
        if self.isBeginning { self.early = outcome } else { connection.finish(self, outcome) }
    }

    /// The same from any thread: the outcome is made on the connection's loop.
    package func respond(from make: @escaping @Sendable (LoopContext) -> HTTPOutcome) {
        self.loop.execute {
            self.respond(make(self.context))
            self.context.flushTouched()
        }
    }

    // MARK: - For the connection

    /// What was decided at once after all.
    func begin() -> HTTPOutcome? {
        self.isBeginning = true
        self.deferred?.begin(self)
        self.isBeginning = false
        return self.early.take()
    }

    func hurry() { self.deferred?.hurry() }

    func cancel() {
        let deferred = self.deferred
        self.letGo()
        deferred?.cancelled()
    }

    private func letGo() {
        self.connection = nil
        self.deferred = nil
    }
}
