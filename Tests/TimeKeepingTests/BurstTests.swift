import NetworkAddresses
import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// What bursts leave behind. Optimised builds (`swift test -c release`) run the full million, which would take a debug build a minute.
@Suite struct BurstTests {
    #if DEBUG
    static let burst = 20_000
    #else
    static let burst = 1_000_000
    #endif

    @Test func aBurstOfCodesLeavesNothingAndTheNextNeedsNoMore() {
        var book = CodeBook(digits: 8, digitsMax: 8, maxTTL: .minutes(10))
        var generator = SplitMix64(seed: 1)
        var now = MonotonicTime(nanoseconds: 0)
        var peaks: [Int] = []
        for _ in 0..<2 {
            var refused = 0
            for number in 0..<Self.burst {
                let room = RoomID(high: 0, low: UInt64(number))
                if case .exhausted = book.mint(ttl: .minutes(5), room: room, client: .v4(1), now: now, using: &generator) { refused += 1 }
            }
            #expect(refused == 0)
            #expect(book.liveCount == Self.burst)
            #expect(book.capacity.entries < Self.burst + 1_024)
            peaks.append(book.capacity.cells)
            now = now + .minutes(6)
            #expect(book.sweep(now: now) == Self.burst)
            #expect(book.liveCount == 0)
            #expect(book.capacity.entries <= 1_024)
            #expect(book.capacity.cells <= 2 * 64 * 8)
        }
        // The codes differ, so a segment may stand on either side of a doubling.
        #expect(Double(peaks[1]) <= Double(peaks[0]) * 1.05)
    }

    @Test func aBurstOfClientsLeavesNothingAndTheNextNeedsNoMore() {
        var limiter = WindowLimiter(limit: 10)
        var now = MonotonicTime(nanoseconds: 0)
        for _ in 0..<2 {
            for number in 0..<Self.burst { _ = limiter.admit(ClientAddress.v4(UInt32(number)).limiterKey, now: now) }
            #expect(limiter.keyCount == Self.burst)
            #expect(limiter.capacity.entries < Self.burst + 1_024)
            #expect(limiter.capacity.cells < Self.burst * 4)
            now = now + .seconds(61)
            #expect(limiter.sweep(now: now) == Self.burst)
            #expect(limiter.capacity.entries <= 1_024)
            #expect(limiter.capacity.cells <= 64 * 8)
        }
    }

    @Test func aFloodOfClientsStaysWithinTheTable() {
        var limiter = WindowLimiter(limit: 10, maxKeys: Self.burst / 10)
        let now = MonotonicTime(nanoseconds: 0)
        for number in 0..<Self.burst { _ = limiter.admit(ClientAddress.v4(UInt32(number)).limiterKey, now: now) }
        #expect(limiter.keyCount == Self.burst / 10)
    }
}
