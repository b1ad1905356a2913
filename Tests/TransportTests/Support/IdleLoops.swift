import ByteStreams
import NIOConcurrencyHelpers
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

enum ThreadTime {
    /// The CPU time of the calling thread, in nanoseconds. However busy the machine is, it is the thread's own.
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

extension Rig {
    /// Looks at the CPU time that the loops take while they have nothing to do.
    func expectIdleLoops() async throws {
        let before = try await self.cpuTime()
        // Time has to pass for time to be wasted.
        try await Task.sleep(for: .milliseconds(300))
        let used = try await self.cpuTime() - before
        #expect(used < 30_000_000, "nanoseconds of CPU time in 300 ms of waiting")
    }

    private func cpuTime() async throws -> Int {
        let sum = NIOLockedValueBox(0)
        try await self.transport.onEach { _ in
            let time = ThreadTime.now
            sum.withLockedValue { $0 += time }
        }
        return sum.withLockedValue { $0 }
    }
}
