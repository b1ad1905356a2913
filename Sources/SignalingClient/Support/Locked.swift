#if canImport(Darwin)
import os
#else
import Synchronization
#endif

/// A value behind a lock. Nothing waits while it is held.
///
/// Not Mutex everywhere: iOS has that from 18.
final class Locked<Value: Sendable>: Sendable {
    #if canImport(Darwin)
    private let lock: OSAllocatedUnfairLock<Value>

    init(_ value: Value) { self.lock = OSAllocatedUnfairLock(initialState: value) }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        // The closure does not outlive the call, and the value is Sendable: nothing is shared that may not be.
        self.lock.withLockUnchecked(body)
    }
    #else
    private let lock: Mutex<Value>

    init(_ value: Value) { self.lock = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { self.lock.withLock { body(&$0) } }
    #endif
}
