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
        let world = RuntimeWorld(limits: .init(httpPerMinute: 2, wsPerMinute: 1, redeemFailuresPerMinute: 0))
        let limits = world.hub.limits
        for _ in 0..<2 { #expect(limits.http.admit(self.client(1), world.context) == nil) }
        world.advance(by: .seconds(10))
        #expect(limits.http.admit(self.client(1), world.context) == .seconds(50))
        #expect(limits.http.admit(self.client(2), world.context) == nil)
        #expect(limits.ws.admit(self.client(1), world.context) == nil)
        #expect(limits.ws.check(self.client(1), world.context) == .seconds(60))
        // Off means off, and nothing is stored.
        for _ in 0..<100 { #expect(limits.redeemFailures.admit(self.client(1), world.context) == nil) }
        limits.redeemFailures.record(self.client(1), world.context)
        #expect(limits.redeemFailures.keyCount == 0)
        let counts = world.hub.counts.rateLimited
        #expect(counts[.http] == 1 && counts[.ws] == 1 && counts[.redeem] == 0)
    }

    @Test func theJanitorFreesABatchOfEachKindAtATime() throws {
        let world = RuntimeWorld(
            roomTTL: .seconds(30), limits: .init(httpPerMinute: 1, wsPerMinute: 1, redeemFailuresPerMinute: 1),
            codes: .init(digits: 5, digitsMax: 5, ttl: .seconds(40)))
        let janitor = Janitor(world.hub)
        for number in 0..<3_000 as Range<UInt32> {
            _ = world.hub.limits.http.admit(self.client(number), world.context)
            _ = world.hub.codes.mint(ttl: nil, world.context)
        }
        let room = try #require(world.join(.number(1), .a))
        #expect(world.send(room, to: .b, "1") == .accepted)
        world.leave(room)
        #expect(!janitor.sweep(now: world.clock.now))
        #expect(world.hub.limits.http.keyCount == 3_000 && world.hub.codes.gauges(now: world.clock.now).live == 3_000)
        world.advance(by: .seconds(62))
        var rounds = 1
        while janitor.sweep(now: world.clock.now) { rounds += 1 }
        #expect(rounds == 3)
        #expect(world.hub.limits.http.keyCount == 0 && world.hub.codes.gauges(now: world.clock.now).live == 0)
        #expect(world.totals == Totals())
    }

    @Test func connectionsAreCountedAndBounded() {
        let count = ConnectionCount(.init(webSockets: 2, sockets: 3))
        for _ in 0..<2 { #expect(count.openWebSocket()) }
        #expect(!count.openWebSocket() && count.openWebSockets == 2)
        count.webSocketClosed()
        #expect(count.openWebSocket())
        for _ in 0..<3 {
            #expect(count.mayAccept)
            count.socketOpened()
        }
        #expect(!count.mayAccept && count.open == 3)
        count.socketClosed()
        #expect(count.mayAccept)
    }

    @Test func boundsComeFromTheOpenFileLimit() {
        let derived = ConnectionCount.Limits.derived(fromOpenFiles: 65_536, configured: 0)
        #expect(derived == .init(webSockets: 65_472 - 64, sockets: 65_472))
        #expect(ConnectionCount.Limits.derived(fromOpenFiles: 65_536, configured: 100).webSockets == 100)
        #expect(ConnectionCount.Limits.derived(fromOpenFiles: 1_024, configured: 1_000_000).webSockets == 960 - 60)
        // However little there is, somebody can connect.
        #expect(ConnectionCount.Limits.derived(fromOpenFiles: 10, configured: 0) == .init(webSockets: 8, sockets: 16))
    }

    @Test func failedGuessesRaiseAnAlarmThatRefusesNobody() throws {
        let world = RuntimeWorld(codes: .init(digits: 4, digitsMax: 5, ttl: .minutes(10)))
        guard case .minted(let code, let room, let lifetime) = world.hub.codes.mint(ttl: .seconds(30), world.context) else {
            Issue.record("no code")
            return
        }
        #expect(lifetime == .seconds(30))
        var alarms: [CodeService.GuessingAlarm] = []
        for value in 0..<10_000 as Range<UInt32> where value != code.value {
            let (result, alarm) = world.hub.codes.redeem(try #require(Code(value: value, digits: 4)), world.context)
            #expect(result == .gone)
            if let alarm { alarms.append(alarm) }
        }
        let first = try #require(alarms.first)
        #expect(first.live == 1 && first.space == 10_000 && first.digits == 5 && first.grew)
        #expect(world.hub.counts.guessingAlarms == alarms.count)
        world.advance(by: .seconds(10))
        #expect(world.hub.codes.redeem(code, world.context).0 == .redeemed(room: room, lifetime: .seconds(20)))
        guard case .minted(let longer, _, _) = world.hub.codes.mint(ttl: nil, world.context) else { return }
        #expect(longer.digits == 5)
    }
}
