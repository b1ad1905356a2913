import MetricsCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// Codes that wait for their client's next guess, and codes that are redeemed again by whoever had them.
@Suite struct WaitingRedeemTests {
    private let client = ClientAddress.v4(0xC000_0201)
    private let world = RuntimeWorld { $0.limits.redeemFailuresPerMinute = 6 }
    private var rendezvous: Rendezvous { self.world.signaling.rendezvous }

    private func minted(_ world: RuntimeWorld) throws -> (code: Code, room: RoomID) {
        guard case .code(let code, let room, _) = world.signaling.rendezvous.mint(.longest, client: .v4(1), world.loop) else {
            throw SocketFailure.unexpected("no code")
        }
        return (code, room)
    }

    private func id(_ text: String = "0123456789abcdef") throws -> RedeemID { try #require(RedeemID(Array(text.utf8))) }

    /// Of a client that may not guess any more for now.
    private func waiting(_ code: Code, id: RedeemID? = nil) throws -> (redeem: Rendezvous.WaitingRedeem, until: MonotonicTime) {
        guard case .waits(let redeem, let until) = self.rendezvous.redeem(.code(code, id: id), client: self.client, self.world.loop) else {
            throw SocketFailure.unexpected("it does not wait")
        }
        return (redeem, until)
    }

    private func useUp(not code: Code) throws {
        let wrong = try #require(Code(value: (code.value + 1) % 10_000, digits: code.digits))
        for _ in 0..<6 { #expect(self.rendezvous.redeem(.code(wrong), client: self.client, self.world.loop) == .gone(nil)) }
    }

    // MARK: - Waiting

    @Test func aRightCodeIsLateAndNotLost() throws {
        let (code, room) = try self.minted(self.world)
        try self.useUp(not: code)
        let (redeem, until) = try self.waiting(code)
        #expect(until == self.world.clock.now + .seconds(10))
        #expect(self.world.signaling.limits.redeemFailures.waiting == 1)
        #expect(self.rendezvous.lookAt(redeem, self.world.loop) == .waits(redeem, until: until))
        self.world.advance(by: .seconds(10))
        #expect(self.rendezvous.lookAt(redeem, self.world.loop) == .room(room, lifetime: .seconds(590)))
        #expect(self.world.signaling.limits.redeemFailures.waiting == 0)
        let counts = self.world.counts
        #expect(counts.codesRedeemed[.ok] == 1 && counts.codesRedeemed[.limited] == 0 && counts.redeemWaits[.looked] == 1)
    }

    /// Looked at before, a code that somebody else redeems meanwhile would be found live.
    @Test func aCodeThatWaitsIsNotLookedAtBeforeItsTime() throws {
        let (code, room) = try self.minted(self.world)
        try self.useUp(not: code)
        let (redeem, _) = try self.waiting(code)
        #expect(self.rendezvous.redeem(.code(code), client: .v4(9), self.world.loop) == .room(room, lifetime: .minutes(10)))
        self.world.advance(by: .seconds(10))
        #expect(self.rendezvous.lookAt(redeem, self.world.loop) == .gone(nil))
        // It has used up the token.
        _ = try self.waiting(code)
    }

    @Test func whoLeavesRedeemsNothingAndGivesItsPlaceBack() throws {
        let (code, room) = try self.minted(self.world)
        try self.useUp(not: code)
        let (redeem, until) = try self.waiting(code)
        self.rendezvous.leave(redeem, .left, self.world.loop)
        #expect(self.world.signaling.limits.redeemFailures.waiting == 0 && self.world.counts.redeemWaits[.left] == 1)
        #expect(try self.waiting(code).until == until)
        #expect(self.rendezvous.redeem(.code(code), client: .v4(9), self.world.loop) == .room(room, lifetime: .minutes(10)))
    }

    @Test func pastTheLongestWaitItIsRefused() throws {
        let (code, _) = try self.minted(self.world)
        try self.useUp(not: code)
        for _ in 0..<2 { _ = try self.waiting(code) }
        let refused = self.rendezvous.redeem(.code(code), client: self.client, self.world.loop)
        #expect(refused == .tooManyFailures(retryAfter: .seconds(30)))
        #expect(self.world.counts.codesRedeemed[.limited] == 1 && self.world.counts.rateLimited[.redeem] == 1)
    }

    @Test func aServerThatIsAboutToEndLooksAtNothingThatWaits() throws {
        let (code, _) = try self.minted(self.world)
        try self.useUp(not: code)
        let (redeem, _) = try self.waiting(code)
        self.world.signaling.phase.value = .draining
        self.world.advance(by: .seconds(10))
        #expect(self.rendezvous.lookAt(redeem, self.world.loop) == .refused(.draining))
        #expect(self.world.signaling.limits.redeemFailures.waiting == 0 && self.world.counts.redeemWaits[.draining] == 1)
        #expect(self.world.signaling.codes.gauges(now: self.world.clock.now)?.live == 1)
    }

    // MARK: - Again

    @Test func whoRedeemedACodeGetsTheSameAgainForHalfAMinute() throws {
        let (code, room) = try self.minted(self.world)
        let id = try self.id()
        let first = self.rendezvous.redeem(.code(code, id: id), client: self.client, self.world.loop)
        guard case .namedRoom(room, let expiresAt, false) = first else {
            Issue.record("\(first)")
            return
        }
        let again = Rendezvous.Redeemed.namedRoom(room, expiresAt: expiresAt, isRepeated: true)
        // From another address too, as a device that changes its network has.
        for client in [self.client, .v4(9)] {
            self.world.advance(by: .seconds(14))
            #expect(self.rendezvous.redeem(.code(code, id: id), client: client, self.world.loop) == again)
        }
        self.world.advance(by: .seconds(2))
        #expect(self.rendezvous.redeem(.code(code, id: id), client: self.client, self.world.loop) == .gone(nil))
        #expect(self.world.counts.codesRedeemed[.ok] == 1 && self.world.counts.codesRedeemed[.repeated] == 2)
    }

    @Test func nobodyElseHasIt() throws {
        let (code, _) = try self.minted(self.world)
        _ = self.rendezvous.redeem(.code(code, id: try self.id()), client: self.client, self.world.loop)
        for other in [nil, try self.id("0123456789abcdeg"), try self.id("0123456789abcdef0")] {
            #expect(self.rendezvous.redeem(.code(code, id: other), client: self.client, self.world.loop) == .gone(nil))
        }
    }

    @Test func aRepetitionCostsNoGuessAndWaitsForNone() throws {
        let (code, _) = try self.minted(self.world)
        let id = try self.id()
        guard case .namedRoom = self.rendezvous.redeem(.code(code, id: id), client: self.client, self.world.loop) else {
            Issue.record("not redeemed")
            return
        }
        try self.useUp(not: code)
        for _ in 0..<20 {
            guard case .namedRoom(_, _, true) = self.rendezvous.redeem(.code(code, id: id), client: self.client, self.world.loop) else {
                Issue.record("not repeated")
                return
            }
        }
        // One that waited while the first was redeemed is told the same.
        let (second, _) = try self.minted(self.world)
        let waiting = try self.waiting(second, id: id)
        guard case .namedRoom(_, _, false) = self.rendezvous.redeem(.code(second, id: id), client: .v4(9), self.world.loop) else {
            Issue.record("not redeemed")
            return
        }
        self.world.advance(by: .seconds(10))
        guard case .namedRoom(_, _, true) = self.rendezvous.lookAt(waiting.redeem, self.world.loop) else {
            Issue.record("not repeated")
            return
        }
    }

    @Test func aServerThatIsAboutToEndStillRepeats() throws {
        let (code, room) = try self.minted(self.world)
        let id = try self.id()
        _ = self.rendezvous.redeem(.code(code, id: id), client: self.client, self.world.loop)
        self.world.signaling.phase.value = .draining
        guard case .namedRoom(room, _, true) = self.rendezvous.redeem(.code(code, id: id), client: self.client, self.world.loop) else {
            Issue.record("not repeated")
            return
        }
        #expect(self.rendezvous.redeem(.code(code), client: self.client, self.world.loop) == .refused(.draining))
    }
}
