package import TimeKeeping

/// The thread that serves streams, as those who live on it see it. Each transport has its own kind.
package protocol StreamLoop: AnyObject, Sendable {
    /// Whether the caller runs on this loop.
    var isCurrent: Bool { get }

    /// Runs a task on the loop, after what the loop is doing. May be called from any thread. A loop that has ended runs nothing.
    func execute(_ task: @escaping @Sendable () -> Void)

    /// Rings once, after this time. A loop has one alarm: setting it replaces the one before. Called on the loop.
    func setAlarm(after delay: TimeSpan, _ alarm: any LoopAlarm)

    /// Called on the loop.
    func cancelAlarm()
}

/// What a loop's alarm calls, on the loop.
package protocol LoopAlarm: AnyObject {
    func ring()
}

extension StreamLoop {
    /// Stops a debug build when what belongs to this loop is touched from elsewhere.
    package func assertIsCurrent() { assert(self.isCurrent, "called from outside the event loop") }
}
