#if os(Linux)
package import Dispatch
package import NIOCore

/// What NIO expects of an event loop beside running tasks.
extension EpollLoop: EventLoop {
    @discardableResult
    package func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = self.makePromise(of: T.self)
        let id = TimerList.nextID()
        let body: TimerList.Body = { error in
            if let error { return promise.fail(error) }
            do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
        }
        let isTaken = self.onLoop { self.insertTimer(id, deadline, body) }
        if !isTaken { self.fail(promise) }
        return Scheduled(promise: promise) { _ = self.onLoop { self.timers.remove(id) } }
    }

    package func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        let promise = self.makePromise(of: T.self)
        let isTaken = self.hand {
            do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
        }
        if !isTaken { self.fail(promise) }
        return promise.futureResult
    }

    @discardableResult
    package func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        self.scheduleTask(deadline: self.now + delay, task)
    }

    package func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        self.stop { queue.async { callback(nil) } }
    }

    private func onLoop(_ task: @escaping @Sendable () -> Void) -> Bool {
        guard self.inEventLoop else { return self.hand(task) }
        task()
        return true
    }

    /// NIO takes a promise that nobody fulfils for a mistake.
    private func fail<T>(_ promise: EventLoopPromise<T>) { self.afterEnd { promise.fail(EventLoopError.shutdown) } }
}
#endif
