#if canImport(Darwin)
private import os
#else
private import Synchronization
#endif

/// A value that one thread at a time uses. iOS 17 has no `Mutex`.
final class Guarded<Value: Sendable>: Sendable {
    #if canImport(Darwin)
    private let lock: OSAllocatedUnfairLock<Value>

    init(_ value: Value) { self.lock = OSAllocatedUnfairLock(initialState: value) }
    #else
    private let lock: Mutex<Value>

    init(_ value: Value) { self.lock = Mutex(value) }
    #endif

    func with<Result: Sendable>(_ use: @Sendable (inout Value) -> Result) -> Result {
        #if canImport(Darwin)
        self.lock.withLock(use)
        #else
        self.lock.withLock { use(&$0) }
        #endif
    }
}
