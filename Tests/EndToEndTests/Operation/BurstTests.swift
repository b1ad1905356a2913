#if os(Linux)
import FairShares
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

/// What bursts of codes and clients leave behind, measured as the operating system sees it. Each runs in a process of its own, whose
/// peak memory nobody else's work blurs.
///
/// A debug build takes a minute for a million, so fewer are the rule; `NT_LONG_TESTS=1 swift test -c release --filter BurstMemoryTests`
/// runs them all. Tests/Interop/check_bursts.py does the same to the whole server over sockets.
@Suite struct BurstMemoryTests {
    @Test func aSecondBurstOfCodesNeedsNoMoreMemory() async {
        await #expect(processExitsWith: .success) {
            let burst = Burst()
            let codes = CodeService(
                settings: .init(digits: 8, digitsMax: 8, ttl: .minutes(10)), shares: ClientShares(ShareBook(bounds: [:])))
            burst.expectNoGrowth {
                // The wheel frees a tick after the deadline at the latest, hence the further second below.
                for _ in 0..<Burst.count { _ = codes.mint(ttl: nil, client: .v4(1), burst.loop) }
                #expect(codes.gauges(now: burst.clock.now)?.live == Burst.count)
                burst.clock.advance(by: .seconds(601))
                while codes.sweep(now: burst.clock.now) {}
                #expect(codes.gauges(now: burst.clock.now)?.live == 0)
            }
        }
    }

    @Test func aSecondBurstOfClientsNeedsNoMoreMemory() async {
        await #expect(processExitsWith: .success) {
            let burst = Burst()
            let limits = ClientLimits(.init(httpPerMinute: 10, wsPerMinute: 0, redeemFailuresPerMinute: 10))
            var next: UInt32 = 0
            burst.expectNoGrowth {
                for _ in 0..<Burst.count {
                    next += 1
                    _ = limits.http.admit(.v4(next), burst.loop)
                    // Of a /48 each: it has three buckets.
                    _ = limits.redeemFailures.arrive(.v6(high: UInt64(next) << 16, low: 0), now: burst.clock.now) { ((), true) }
                }
                #expect(limits.http.keyCount == Burst.count)
                #expect(limits.redeemFailures.bucketCount == min(3 * Burst.count, 1_048_576))
                burst.clock.advance(by: .seconds(61))
                while limits.sweep(now: burst.clock.now) {}
                #expect(limits.http.keyCount == 0)
                #expect(limits.redeemFailures.bucketCount == 0)
            }
        }
    }
}
#endif
