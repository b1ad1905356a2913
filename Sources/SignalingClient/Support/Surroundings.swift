#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Time and chance, as a client finds them. Tests and simulations have their own.
public struct Surroundings: Sendable {
    /// Time since any fixed moment; it only goes forward.
    public var now: @Sendable () -> Duration
    /// Returns early when the task is cancelled, by throwing.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// Microseconds since 1970.
    public var wallClock: @Sendable () -> UInt64
    /// Random bits of the system's secure generator: names of sessions are made of them.
    public var random: @Sendable () -> UInt64

    public init(
        now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void,
        wallClock: @escaping @Sendable () -> UInt64, random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.sleep = sleep
        self.wallClock = wallClock
        self.random = random
    }

    public static let system: Surroundings = {
        let start = ContinuousClock.now
        return Surroundings(
            now: { start.duration(to: .now) },
            sleep: { try await Task.sleep(for: $0, clock: .continuous) },
            wallClock: { UInt64(max(0, Date().timeIntervalSince1970) * 1_000_000) },
            random: { UInt64.random(in: 0 ... .max) })
    }()

    /// 32 hexadecimal digits.
    package func randomID() -> String {
        [self.random(), self.random()].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Throws `timedOut()` if the task takes longer than `limit`. The task is cancelled then, and has to end.
    package func within<Value: Sendable>(
        _ limit: Duration, timedOut: ClientError, _ task: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await task() }
            group.addTask {
                try await self.sleep(limit)
                return nil
            }
            defer { group.cancelAll() }
            guard case let value?? = try await group.next() else { throw timedOut }
            return value
        }
    }
}
