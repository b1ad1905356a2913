import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// Codes whose journal has not confirmed yet what was decided about them.
@Suite struct StoredCodesTests {
    private let journal = Journal()
    private let world: RuntimeWorld

    init() {
        let journal = self.journal
        self.world = RuntimeWorld { $0.journal = journal }
    }

    private var codes: any CodePlace { self.world.signaling.codes }
    private var live: Int { self.codes.gauges(now: self.world.clock.now)?.live ?? -1 }

    /// All that was recorded is written, or is not, and the loop is told.
    private func settle(isWritten: Bool = true) -> [StoredChange] {
        let batch = self.journal.takeBatch(most: .max)
        if isWritten { self.journal.written(now: self.world.clock.now) } else { self.journal.failed(now: self.world.clock.now) }
        self.world.advance(by: .milliseconds(1))
        if !isWritten { #expect(self.journal.recovered()) }
        return batch
    }

    private func mint() throws -> LateReply<CodeService.MintResult> {
        guard case .later(let reply) = self.codes.mint(ttl: nil, client: .v4(1), self.world.loop) else { throw NotLater() }
        return reply
    }

    private func redeem(_ code: Code, _ id: RedeemID? = nil) throws -> LateReply<CodeService.RedeemResult> {
        guard case .later(let reply) = self.codes.redeem(code, id, client: .v4(1), self.world.loop) else { throw NotLater() }
        return reply
    }

    private struct NotLater: Error {}

    private func mintedCode() throws -> Code {
        _ = try self.mint()
        guard case .minted(let stored)? = self.settle().first else { throw NotLater() }
        return stored.code
    }

    @Test func aCodeThatNobodyWasToldOfLeadsNowhere() throws {
        let reply = try self.mint()
        let batch = self.journal.takeBatch(most: .max)
        guard case .minted(let stored)? = batch.first else { throw NotLater() }
        #expect(self.codes.redeem(stored.code, nil, client: .v4(1), self.world.loop) == .gone(nil))
        reply.abandon()
        self.journal.written(now: self.world.clock.now)
        self.world.advance(by: .milliseconds(1))
        #expect(self.live == 0)
        #expect(self.settle() == [.freed(stored.code, room: stored.room)])
    }

    @Test func aCodeIsNobodyElsesWhileItsRedemptionIsStored() throws {
        let code = try self.mintedCode()
        let reply = try self.redeem(code)
        // Another's answer waits for what becomes of it.
        let rival = try self.redeem(code)
        var rivals: CodeService.RedeemResult?
        rival.then { rivals = $0 }
        // No other can be minted in its place, which an undone redemption would then have lost.
        #expect(self.live == 1)
        var result: CodeService.RedeemResult?
        reply.then { result = $0 }
        _ = self.settle(isWritten: false)
        #expect(result == .unavailable && rivals == .unavailable && self.live == 1)
        let again = try self.redeem(code)
        again.then { result = $0 }
        _ = self.settle()
        guard case .redeemed? = result else { throw NotLater() }
        #expect(self.live == 0)
        #expect(self.codes.redeem(code, nil, client: .v4(1), self.world.loop) == .gone(nil))
    }

    @Test func aRedemptionThatNobodyHearsOfIsUndoneUnlessItHasAName() throws {
        let name = try #require(RedeemID(Array("a-name-of-ones-own".utf8)))
        let (code, other) = (try self.mintedCode(), try self.mintedCode())
        let (reply, named) = (try self.redeem(code), try self.redeem(other, name))
        // The same attempt again is told behind the first.
        let again = try self.redeem(other, name)
        var repeated: CodeService.RedeemResult?
        again.then { repeated = $0 }
        reply.abandon()
        named.abandon()
        _ = self.settle()
        guard case .named(_, isRepeated: true)? = repeated else { throw NotLater() }
        guard case .minted(let stored)? = self.settle().first else { throw NotLater() }
        #expect(stored.code == code && self.live == 1)
        guard case .named(_, isRepeated: true) = self.codes.redeem(other, name, client: .v4(1), self.world.loop) else { throw NotLater() }
    }

    /// What becomes of a code while something is being stored of it is counted when that is known, once.
    @Test(arguments: [true, false])
    func endsAreCountedWhenTheyAreSure(isWritten: Bool) throws {
        let code = try self.mintedCode()
        let reply = try self.redeem(code)
        #expect(self.codes.ended == CodesEnded(redeemed: 0, expired: 0, lost: 0))
        self.world.advance(by: .minutes(11))
        while self.codes.sweep(now: self.world.clock.now) {}
        #expect(self.live == 0 && self.codes.ended == CodesEnded(redeemed: 0, expired: 0, lost: 0))
        _ = self.settle(isWritten: isWritten)
        #expect(self.codes.ended == CodesEnded(redeemed: isWritten ? 1 : 0, expired: isWritten ? 0 : 1, lost: 0))
        _ = reply
    }

    /// A code that expires before it is stored was minted all the same; one that is not stored never was.
    @Test(arguments: [true, false])
    func aMintThatTookLongerThanTheCodeLived(isWritten: Bool) throws {
        let reply = try self.mint()
        self.world.advance(by: .minutes(11))
        while self.codes.sweep(now: self.world.clock.now) {}
        _ = self.settle(isWritten: isWritten)
        #expect(self.codes.ended == CodesEnded(redeemed: 0, expired: isWritten ? 1 : 0, lost: 0))
        _ = reply
    }

    /// They are there again for the next process.
    @Test func whatIsStoredIsNotLostAtTheProcesssEnd() throws {
        _ = try self.mintedCode()
        self.codes.processEnds(now: self.world.clock.now)
        #expect(self.codes.ended.lost == 0 && self.live == 1)
    }
}
