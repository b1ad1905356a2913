#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A value behind a lock, with a condition to wait for its changes.
///
/// `Synchronization.Mutex` has no condition, and ThreadSanitizer does not see its futex calls on Linux, so that it reports races where
/// there are none; it knows the pthread functions.
///
/// Sendable although unchecked: `state` is accessed only while the one mutex is locked.
package final class Monitor<State: Sendable>: @unchecked Sendable {
    // On the heap, because pthreads identifies both by address; they live exactly as long as the monitor.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    package init(_ state: State) {
        self.state = state
        self.mutex.initialize(to: pthread_mutex_t())
        self.changed.initialize(to: pthread_cond_t())
        pthread_mutex_init(self.mutex, nil)
        #if canImport(Darwin)
        pthread_cond_init(self.changed, nil)
        #else
        // A step of the wall clock must not lengthen a wait. Darwin's waits are relative anyway.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(self.changed, &attributes)
        pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(self.changed)
        pthread_mutex_destroy(self.mutex)
        self.changed.deallocate()
        self.mutex.deallocate()
    }

    package func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        return body(&self.state)
    }

    /// Makes every `wait` try again.
    package func notify() { pthread_cond_broadcast(self.changed) }

    /// Waits until `attempt`, called under the lock and again after every `notify`, has a result. Nil if `limit` passes before that.
    package func wait<Result>(for limit: Duration? = nil, _ attempt: (inout State) -> Result?) -> Result? {
        let deadline = limit.map { ContinuousClock.now + $0 }
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        while true {
            if let result = attempt(&self.state) { return result }
            guard let deadline else {
                pthread_cond_wait(self.changed, self.mutex)
                continue
            }
            let rest = ContinuousClock.now.duration(to: deadline)
            if rest <= .zero { return nil }
            self.sleep(atMost: rest)
        }
    }

    /// Called with the lock held; the lock is released meanwhile.
    private func sleep(atMost rest: Duration) {
        // One needless wake-up a day is better than an overflow.
        let (seconds, attoseconds) = min(rest, .seconds(86_400)).components
        var time = timespec()
        #if canImport(Darwin)
        time.tv_sec = Int(seconds)
        time.tv_nsec = Int(attoseconds / 1_000_000_000)
        pthread_cond_timedwait_relative_np(self.changed, self.mutex, &time)
        #else
        clock_gettime(CLOCK_MONOTONIC, &time)
        let nanoseconds = Int(time.tv_nsec) + Int(attoseconds / 1_000_000_000)
        time.tv_sec += time_t(Int(seconds) + nanoseconds / 1_000_000_000)
        time.tv_nsec = nanoseconds % 1_000_000_000
        pthread_cond_timedwait(self.changed, self.mutex, &time)
        #endif
    }
}
