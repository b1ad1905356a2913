#if os(Linux)
import Glibc
import ByteStreams
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import Testing

/// Two bursts, and the process's peak memory after each.
struct Burst {
    static let count = getenv("NT_LONG_TESTS") == nil ? 100_000 : 1_000_000

    let clock = ManualClock()
    let loop: SignalingLoop

    init() {
        let context = LoopContext(loop: ManualLoop(self.clock), clock: self.clock.serverClock)
        self.loop = SignalingLoop(context, metrics: MetricsShard(), observer: nil)
    }

    /// The second may raise the peak by what an allocator's fragments come to: a megabyte, or a hundredth of the first burst's.
    func expectNoGrowth(_ body: () -> Void) {
        let start = Self.peak()
        body()
        let first = Self.peak()
        body()
        let second = Self.peak()
        #expect(second - first <= max(1 << 20, (first - start) / 100), "from \(start) to \(first), then to \(second) bytes")
        // The burst must have been large enough to be seen at all.
        #expect(first - start > 20 * Self.count)
    }

    /// VmHWM of /proc/self/status, in bytes.
    private static func peak() -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("VmHWM:"), let kibibytes = Int(text.filter(\.isNumber)) { return kibibytes * 1024 }
        }
        return 0
    }
}
#endif
