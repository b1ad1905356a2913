import MetricsCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// What becomes of requests to mint and to redeem, and in which order that is decided.
@Suite struct RendezvousTests {
    private let client = ClientAddress.v4(0xC000_0201)
    private let other = ClientAddress.v4(0xC000_0202)

    private func minted(_ world: RuntimeWorld, _ life: Rendezvous.WantedLife = .longest) throws -> (code: Code, room: RoomID) {
        guard case .code(let code, let room, _) = world.signaling.rendezvous.mint(life, client: self.client, world.loop) else {
            throw SocketFailure.unexpected("no code")
        }
        return (code, room)
    }

    /// A code that was not minted.
    private func wrong(_ code: Code) throws -> Code { try #require(Code(value: (code.value + 1) % 10_000, digits: code.digits)) }

    // MARK: - Minting

    @Test(
        arguments: [
            (.longest, .minutes(10)), (.atMost(.seconds(30)), .seconds(30)), (.atMost(.minutes(60)), .minutes(10)),
        ] as [(Rendezvous.WantedLife, TimeSpan)])
    func aCodeLivesAsLongAsIsWantedAndNoLongerThanItMay(life: Rendezvous.WantedLife, expected: TimeSpan) throws {
        let world = RuntimeWorld()
        guard case .code(_, _, let lifetime) = world.signaling.rendezvous.mint(life, client: self.client, world.loop) else {
            Issue.record("no code")
            return
        }
        #expect(lifetime == expected)
        #expect(world.counts.codesMinted == 1 && world.counts.codesExhausted == 0)
    }

    @Test func everyCodeHasARoomOfItsOwn() throws {
        let world = RuntimeWorld()
        let rooms = try (0..<100).map { _ in try self.minted(world).room }
        #expect(Set(rooms).count == 100)
    }

    @Test func aMalformedWishForALifeMintsNothing() {
        let world = RuntimeWorld { $0.limits.httpPerMinute = 2 }
        for fault in [Rendezvous.MalformedLife.body, .ttl] {
            #expect(world.signaling.rendezvous.mint(.malformed(fault), client: self.client, world.loop) == .malformed(fault))
        }
        #expect(world.counts.codesMinted == 0 && world.signaling.codes.gauges(now: world.clock.now)?.live == 0)
        // It counts as a request all the same, and the limit is asked first.
        #expect(
            world.signaling.rendezvous.mint(.malformed(.ttl), client: self.client, world.loop)
                == .refused(.tooManyRequests(retryAfter: .seconds(60))))
    }

    @Test func codesThatAreAllTakenAreExhausted() throws {
        let world = RuntimeWorld()
        var refused: TimeSpan?
        for number in 0...10_000 where refused == nil {
            switch world.signaling.rendezvous.mint(.longest, client: .v4(UInt32(number)), world.loop) {
            case .code: break
            case .exhausted(let retryAfter): refused = retryAfter
            case let outcome: Issue.record("\(outcome)")
            }
        }
        let retryAfter = try #require(refused)
        #expect(retryAfter > .seconds(0) && retryAfter <= .minutes(10))
        #expect(world.counts.codesExhausted == 1 && world.counts.codesMinted == 10_000)
    }

    // MARK: - Redeeming

    @Test func aCodeIsRedeemedOnce() throws {
        let world = RuntimeWorld()
        let (code, room) = try self.minted(world, .atMost(.seconds(30)))
        world.advance(by: .seconds(10))
        let rendezvous = world.signaling.rendezvous
        #expect(rendezvous.redeem(.code(code), client: self.other, world.loop) == .room(room, lifetime: .seconds(20)))
        #expect(rendezvous.redeem(.code(code), client: self.other, world.loop) == .gone(nil))
        #expect(world.counts.codesRedeemed[.ok] == 1 && world.counts.codesRedeemed[.gone] == 1)
    }

    @Test func aCodeIsGoneWhenItsTimeIsOver() throws {
        let world = RuntimeWorld()
        let (code, _) = try self.minted(world, .atMost(.seconds(30)))
        world.advance(by: .seconds(30))
        #expect(world.signaling.rendezvous.redeem(.code(code), client: self.client, world.loop) == .gone(nil))
    }

    @Test func whatIsNoCodeIsMalformed() {
        let world = RuntimeWorld()
        #expect(world.signaling.rendezvous.redeem(.malformed, client: self.client, world.loop) == .malformed)
        #expect(world.signaling.rendezvous.redeem(.wrongMediaType, client: self.client, world.loop) == .wrongMediaType)
        // Of the second it is not known what was sent.
        #expect(world.counts.codesRedeemed[.malformed] == 1 && world.counts.codesRedeemed.values.reduce(0, +) == 1)
    }

    /// Two failures a minute bring one token back in 30 s, which is longer than anybody waits.
    @Test func wrongGuessesUseUpAClientsAndMalformedOnesDoNot() throws {
        let world = RuntimeWorld { $0.limits.redeemFailuresPerMinute = 2 }
        let rendezvous = world.signaling.rendezvous
        let (code, room) = try self.minted(world)
        for _ in 0..<5 { #expect(rendezvous.redeem(.malformed, client: self.client, world.loop) == .malformed) }
        for _ in 0..<2 { #expect(rendezvous.redeem(.code(try self.wrong(code)), client: self.client, world.loop) == .gone(nil)) }
        // Now even the right one is not looked at.
        #expect(rendezvous.redeem(.code(code), client: self.client, world.loop) == .tooManyFailures(retryAfter: .seconds(30)))
        #expect(world.counts.codesRedeemed[.limited] == 1 && world.counts.rateLimited[.redeem] == 1)
        // What is no guess is told so all the same.
        #expect(rendezvous.redeem(.malformed, client: self.client, world.loop) == .malformed)
        #expect(rendezvous.redeem(.malformedID, client: self.client, world.loop) == .malformedID)
        #expect(rendezvous.redeem(.wrongMediaType, client: self.client, world.loop) == .wrongMediaType)
        // Others are not concerned, and a right guess uses up nothing.
        #expect(rendezvous.redeem(.code(code), client: self.other, world.loop) == .room(room, lifetime: .minutes(10)))
        world.advance(by: .seconds(30))
        #expect(rendezvous.redeem(.code(code), client: self.client, world.loop) == .gone(nil))
    }

    @Test func failedGuessesRaiseAnAlarmThatRefusesNobody() throws {
        let world = RuntimeWorld { $0.codes = .init(digits: 4, digitsMax: 5, ttl: .minutes(10)) }
        let rendezvous = world.signaling.rendezvous
        let (code, room) = try self.minted(world, .atMost(.seconds(30)))
        var alarms: [GuessingAlarm] = []
        for value in 0..<10_000 as Range<UInt32> where value != code.value {
            let guess = try #require(Code(value: value, digits: 4))
            guard case .gone(let alarm) = rendezvous.redeem(.code(guess), client: self.client, world.loop) else {
                Issue.record("\(value) was redeemed")
                return
            }
            if let alarm { alarms.append(alarm) }
        }
        let first = try #require(alarms.first)
        #expect(first.live == 1 && first.space == 10_000 && first.digits == 5 && first.grew)
        #expect(world.counts.guessingAlarms == alarms.count)
        world.advance(by: .seconds(10))
        #expect(rendezvous.redeem(.code(code), client: self.client, world.loop) == .room(room, lifetime: .seconds(20)))
        #expect(try self.minted(world).code.digits == 5)
    }

    // MARK: - Refusals of both

    @Test func mintingAndRedeemingShareALimit() throws {
        let world = RuntimeWorld { $0.limits.httpPerMinute = 3 }
        let rendezvous = world.signaling.rendezvous
        let (code, _) = try self.minted(world)
        #expect(rendezvous.redeem(.wrongMediaType, client: self.client, world.loop) == .wrongMediaType)
        #expect(rendezvous.redeem(.malformed, client: self.client, world.loop) == .malformed)
        world.advance(by: .seconds(20))
        let refusal = Rendezvous.Refusal.tooManyRequests(retryAfter: .seconds(40))
        #expect(rendezvous.mint(.longest, client: self.client, world.loop) == .refused(refusal))
        #expect(rendezvous.redeem(.code(code), client: self.client, world.loop) == .refused(refusal))
        #expect(world.counts.rateLimited[.http] == 2 && world.counts.codesMinted == 1)
        // Nothing else was counted: the code is as it was.
        #expect(world.counts.codesRedeemed.values.reduce(0, +) == 1)
        #expect(world.signaling.codes.gauges(now: world.clock.now)?.live == 1)
    }

    @Test func aServerThatIsAboutToEndTakesNoRequestAndCountsNone() throws {
        let world = RuntimeWorld { $0.limits.httpPerMinute = 2 }
        let rendezvous = world.signaling.rendezvous
        let (code, room) = try self.minted(world)
        world.signaling.phase.value = .draining
        for _ in 0..<3 {
            #expect(rendezvous.mint(.longest, client: self.client, world.loop) == .refused(.draining))
            #expect(rendezvous.redeem(.code(code), client: self.client, world.loop) == .refused(.draining))
            #expect(rendezvous.redeem(.wrongMediaType, client: self.client, world.loop) == .refused(.draining))
        }
        #expect(world.counts.rateLimited[.http] == 0)
        world.signaling.phase.value = .ready
        #expect(rendezvous.redeem(.code(code), client: self.client, world.loop) == .room(room, lifetime: .minutes(10)))
    }

    /// The next one cannot, as it does not have the codes yet.
    @Test func aServerThatIsHandingOverTakesRequestsStill() throws {
        let world = RuntimeWorld()
        world.signaling.phase.value = .handingOver
        let (code, room) = try self.minted(world)
        let redeemed = world.signaling.rendezvous.redeem(.code(code), client: self.client, world.loop)
        #expect(redeemed == .room(room, lifetime: .minutes(10)))
    }

    /// Each outcome is counted where it is decided, and once.
    @Test func everyOutcomeIsCountedOnce() throws {
        let world = RuntimeWorld { $0.limits.redeemFailuresPerMinute = 1 }
        let rendezvous = world.signaling.rendezvous
        let (code, _) = try self.minted(world)
        _ = rendezvous.redeem(.code(code), client: self.client, world.loop)
        _ = rendezvous.redeem(.code(code), client: self.client, world.loop)
        _ = rendezvous.redeem(.code(code), client: self.client, world.loop)
        _ = rendezvous.redeem(.malformed, client: self.other, world.loop)
        for label in [RedeemLabel.ok, .gone, .limited, .malformed] { #expect(world.counts.codesRedeemed[label] == 1, "\(label)") }
    }
}
