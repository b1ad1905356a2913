import MetricsCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

@Suite struct LimitsTests {
    private func client(_ number: UInt32) -> ClientAddress { .v4(0xC000_0200 + number) }

    @Test func eachKindOfLimitCountsForItselfAndIsCounted() {
        let world = RuntimeWorld { $0.limits = .init(httpPerMinute: 2, wsPerMinute: 1, redeemFailuresPerMinute: 0) }
        let limits = world.signaling.limits
        for _ in 0..<2 { #expect(limits.http.admit(self.client(1), world.loop) == nil) }
        world.advance(by: .seconds(10))
        #expect(limits.http.admit(self.client(1), world.loop) == .seconds(50))
        #expect(limits.http.admit(self.client(2), world.loop) == nil)
        #expect(limits.ws.admit(self.client(1), world.loop) == nil)
        #expect(limits.ws.admit(self.client(1), world.loop) == .seconds(60))
        // Off means off, and nothing is stored.
        for number in 0..<100 {
            guard case .looked(let outcome) = limits.redeemFailures.arrive(self.client(1), now: world.clock.now, look: { (number, true) })
            else {
                Issue.record("guess \(number) was not looked at")
                return
            }
            #expect(outcome == number)
        }
        #expect(limits.redeemFailures.bucketCount == 0)
        let counts = world.counts.rateLimited
        #expect(counts[.http] == 1 && counts[.ws] == 1 && counts[.redeem] == 0)
    }

    @Test func theJanitorFreesABatchOfEachKindAtATime() throws {
        let world = RuntimeWorld {
            $0.roomTTL = .seconds(30)
            $0.limits = .init(httpPerMinute: 1, wsPerMinute: 1, redeemFailuresPerMinute: 1)
            $0.codes = .init(digits: 5, digitsMax: 5, ttl: .seconds(40))
        }
        let janitor = world.signaling.janitor
        for number in 0..<3_000 as Range<UInt32> {
            _ = world.signaling.limits.http.admit(self.client(number), world.loop)
            _ = world.signaling.codes.mint(ttl: nil, client: .v4(1), world.loop)
        }
        let room = try #require(world.join(.number(1), .a))
        #expect(world.send(room, to: .b, "1") == .accepted)
        world.leave(room)
        #expect(!janitor.sweep(now: world.clock.now))
        #expect(world.signaling.limits.http.keyCount == 3_000 && world.signaling.codes.gauges(now: world.clock.now)?.live == 3_000)
        world.advance(by: .seconds(62))
        var rounds = 1
        while janitor.sweep(now: world.clock.now) { rounds += 1 }
        #expect(rounds == 3)
        #expect(world.signaling.limits.http.keyCount == 0 && world.signaling.codes.gauges(now: world.clock.now)?.live == 0)
        #expect(world.totals == Totals())
    }

    @Test func boundsComeFromTheOpenFileLimit() {
        let derived = ConnectionLimits.derived(fromOpenFiles: 65_536, configured: 0)
        #expect(derived == .init(webSockets: 65_472 - 64, sockets: 65_472))
        #expect(ConnectionLimits.derived(fromOpenFiles: 65_536, configured: 100).webSockets == 100)
        #expect(ConnectionLimits.derived(fromOpenFiles: 1_024, configured: 1_000_000).webSockets == 960 - 60)
        // However little there is, somebody can connect.
        #expect(ConnectionLimits.derived(fromOpenFiles: 10, configured: 0) == .init(webSockets: 8, sockets: 16))
    }
}
