import ByteStreams
import FairShares
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// A world with a store that writes when it is told to.
private struct StoredWorld {
    let world: RuntimeWorld
    let journal: Journal
    private(set) var state: StoredState

    init(_ state: StoredState = StoredState(), _ change: (inout SignalingParts.Options) -> Void = { _ in }) {
        let journal = Journal()
        self.journal = journal
        self.state = state
        self.world = RuntimeWorld {
            $0.journal = journal
            change(&$0)
        }
        #expect(self.world.signaling.adopt(state) == 0)
    }

    /// Writes all that waits, or so many changes.
    mutating func write(most: Int = .max) {
        for change in self.journal.takeBatch(most: most) { self.state.apply(change) }
        self.journal.written(now: self.world.clock.now)
        self.world.runReady()
    }

    func fail() {
        _ = self.journal.takeBatch(most: 1)
        self.journal.failed(now: self.world.clock.now)
        self.world.runReady()
    }

    func recover() { #expect(self.journal.recovered()) }

    /// The process dies, and another one takes over what is stored.
    func restarted() -> StoredWorld { StoredWorld(self.state) }
}

@Suite struct JournalTests {
    private let room = RoomID.number(2)
    private let client = ClientAddress.v4(0xC000_0201)

    // MARK: - Items

    @Test func anItemIsSaidWhenItIsStored() throws {
        var store = StoredWorld()
        let (a, b) = try self.pair(store)
        #expect(store.world.send(a, to: .b, "1", ref: 1) == .accepted)
        #expect(store.world.send(a, to: .b, "2", ref: 2) == .accepted)
        #expect(a.owner.takeFrames() == [] && b.owner.takeFrames() == [])
        store.write(most: 1)
        #expect(a.owner.takeFrames() == [Self.accepted(1)] && b.owner.takeFrames() == [Self.item(1, "1")])
        store.write()
        #expect(a.owner.takeFrames() == [Self.accepted(2)] && b.owner.takeFrames() == [Self.item(2, "2")])
    }

    @Test func framesThatAreRelayedDoNotWait() throws {
        let store = StoredWorld()
        let (a, b) = try self.pair(store)
        _ = store.world.send(a, to: .b, "1")
        #expect(store.world.relay(a, "frame") == .accepted)
        #expect(b.owner.takeFrames() == [.text("frame")])
    }

    @Test func anItemThatCannotBeStoredIsRefusedAndLeavesNothing() throws {
        var store = StoredWorld()
        let (a, b) = try self.pair(store)
        let before = store.world.totals
        _ = store.world.send(a, to: .b, "1", ref: 1)
        #expect(store.world.totals.mailboxBytes == 1)
        store.fail()
        #expect(a.owner.takeFrames() == [Self.refused(1)] && b.owner.takeFrames() == [])
        #expect(store.world.totals == before)
        // Until the store can be written again nothing is taken.
        #expect(store.world.send(a, to: .b, "1", ref: 1) == .refused(.mailboxFull, ""))
        store.recover()
        #expect(store.world.send(a, to: .b, "1", ref: 1) == .accepted)
        store.write()
        #expect(a.owner.takeFrames() == [Self.accepted(1)] && b.owner.takeFrames() == [Self.item(1, "1")])
    }

    @Test func mailboxesAreThereAfterARestart() throws {
        var store = StoredWorld()
        let (a, b) = try self.pair(store)
        for number in 1...3 { _ = store.world.send(a, to: .b, "\(number)", ref: UInt64(number)) }
        store.world.hello(b, mailbox: .unknown)
        store.write()
        let id = try #require(b.owner.takeFrames()?.compactMap(Self.mailbox).first)
        b.membership.delivered(upTo: 1, store.world.loop)
        store.write()
        // One that was sent and not confirmed.
        _ = store.world.send(a, to: .b, "4", ref: 4)

        var after = store.restarted()
        #expect(after.world.totals == Totals(rooms: 1, mailboxMessages: 2, mailboxBytes: 2))
        let again = try #require(after.world.join(self.room, .b, sid: "b"))
        after.world.hello(again, 2, mailbox: .named(id))
        #expect(again.owner.takeFrames() == [.text(#"{"type":"mailbox","id":"\#(id.text)","deliveredUpTo":2}"#), Self.item(3, "3")])
        let sender = try #require(after.world.join(self.room, .a, sid: "a"))
        _ = (sender.owner.takeFrames(), again.owner.takeFrames())
        #expect(after.world.send(sender, to: .b, "3", ref: 3) == .accepted)
        #expect(sender.owner.takeFrames() == [Self.accepted(3)])
        #expect(after.world.send(sender, to: .b, "4", ref: 4) == .accepted)
        after.write()
        #expect(sender.owner.takeFrames() == [Self.accepted(4)] && again.owner.takeFrames() == [Self.item(4, "4")])
    }

    @Test func aSideStaysItsOwners() throws {
        var store = StoredWorld()
        let a = try #require(store.world.join(self.room, .a, sid: "a", hasToken: true))
        _ = store.world.send(a, to: .b, "1")
        store.write()
        let after = store.restarted()
        #expect(after.world.join(self.room, .a)?.outcome == .locked)
        #expect(after.world.join(self.room, .a, hasToken: true)?.outcome == .seated)
    }

    @Test func aRoomIsKeptNoLongerThanItWouldHaveBeen() throws {
        var store = StoredWorld()
        let (a, b) = try self.pair(store)
        _ = store.world.send(a, to: .b, "1")
        store.world.leave(a)
        store.world.leave(b)
        store.write()
        #expect(store.state.rooms.first?.standing.desertedSince != nil)
        store.world.advance(by: .minutes(11))
        #expect(store.world.rooms.sweep(now: store.world.clock.now) == false)
        store.write()
        #expect(store.state.rooms.isEmpty && store.world.totals == Totals())
    }

    // MARK: - Codes

    @Test func aCodeIsToldWhenItIsStored() throws {
        var store = StoredWorld()
        let (code, room) = try self.minted(&store)
        #expect(store.state.codes.map(\.code) == [code])
        var after = store.restarted()
        let answer = Answer<CodeService.RedeemResult>(after.world.signaling.codes.redeem(code, nil, client: .v4(1), after.world.loop))
        let rival = Answer<CodeService.RedeemResult>(after.world.signaling.codes.redeem(code, nil, client: .v4(1), after.world.loop))
        #expect(answer.value == nil && rival.value == nil)
        after.write()
        #expect(answer.value == .redeemed(room: room, lifetime: .minutes(10)) && rival.value == .gone(nil))
        #expect(after.restarted().world.signaling.codes.redeem(code, nil, client: .v4(1), after.world.loop) == .gone(nil))
    }

    @Test func aCodeThatCannotBeStoredIsNone() throws {
        let store = StoredWorld()
        let answer = Answer<CodeService.MintResult>(store.world.signaling.codes.mint(ttl: nil, client: self.client, store.world.loop))
        store.fail()
        #expect(answer.value == .unavailable)
        #expect(store.world.signaling.codes.gauges(now: store.world.clock.now)?.live == 0)
        #expect(store.world.signaling.shares.total(.codes) == 0)
        #expect(store.world.signaling.codes.mint(ttl: nil, client: self.client, store.world.loop) == .unavailable)
        #expect(store.world.signaling.shares.total(.codes) == 0)
    }

    @Test func aCodeThatNobodyWaitedForIsFreed() throws {
        var store = StoredWorld()
        let answer = Answer<CodeService.MintResult>(store.world.signaling.codes.mint(ttl: nil, client: self.client, store.world.loop))
        answer.reply?.abandon()
        store.write()
        store.write()
        #expect(store.state.codes.isEmpty && store.world.signaling.shares.total(.codes) == 0 && answer.value == nil)
    }

    @Test func aRedemptionThatCannotBeStoredDidNotHappen() throws {
        var store = StoredWorld()
        let (code, room) = try self.minted(&store)
        let answer = Answer<CodeService.RedeemResult>(store.world.signaling.codes.redeem(code, nil, client: .v4(1), store.world.loop))
        store.fail()
        #expect(answer.value == .unavailable && store.world.signaling.shares.total(.codes) == 1)
        // Nobody was told that it is gone.
        #expect(store.world.signaling.codes.redeem(code, nil, client: .v4(1), store.world.loop) == .unavailable)
        store.recover()
        let second = Answer<CodeService.RedeemResult>(store.world.signaling.codes.redeem(code, nil, client: .v4(1), store.world.loop))
        store.write()
        #expect(second.value == .redeemed(room: room, lifetime: .minutes(10)))
        #expect(store.state.codes.isEmpty && store.world.signaling.shares.total(.codes) == 0)
    }

    @Test func whoWasNotToldMayRedeemAgain() throws {
        var store = StoredWorld()
        let (code, room) = try self.minted(&store)
        let answer = Answer<CodeService.RedeemResult>(store.world.signaling.codes.redeem(code, nil, client: .v4(1), store.world.loop))
        answer.reply?.abandon()
        store.write()
        store.write()
        #expect(store.state.codes.map(\.code) == [code])
        let second = Answer<CodeService.RedeemResult>(store.world.signaling.codes.redeem(code, nil, client: .v4(1), store.world.loop))
        store.write()
        #expect(second.value == .redeemed(room: room, lifetime: .minutes(10)))
    }

    @Test func aRepetitionWaitsBehindItsOriginalAndOutlivesARestart() throws {
        var store = StoredWorld()
        let (code, room) = try self.minted(&store)
        let id = try #require(RedeemID(Array("0123456789abcdef".utf8)))
        let first = Answer<CodeService.RedeemResult>(store.world.signaling.codes.redeem(code, id, client: .v4(1), store.world.loop))
        let second = Answer<CodeService.RedeemResult>(store.world.signaling.codes.redeem(code, id, client: .v4(1), store.world.loop))
        #expect(first.reply != nil && second.reply != nil)
        store.write()
        guard case .named(let redemption, false) = first.value else { throw Unexpected() }
        #expect(redemption.room == room && second.value == .named(redemption, isRepeated: true))
        var after = store.restarted()
        #expect(after.world.signaling.codes.redeem(code, id, client: .v4(1), after.world.loop) == .named(redemption, isRepeated: true))
        after.world.advance(by: .seconds(31))
        #expect(after.world.signaling.codes.redeem(code, id, client: .v4(1), after.world.loop) == .gone(nil))
        after.write()
    }

    // MARK: -

    private struct Unexpected: Error {}

    private func pair(_ store: StoredWorld) throws -> (a: RuntimeWorld.Peer, b: RuntimeWorld.Peer) {
        let a = try #require(store.world.join(self.room, .a, sid: "a"))
        let b = try #require(store.world.join(self.room, .b, sid: "b"))
        _ = (a.owner.takeFrames(), b.owner.takeFrames())
        return (a, b)
    }

    private func minted(_ store: inout StoredWorld) throws -> (Code, RoomID) {
        let answer = Answer<CodeService.MintResult>(store.world.signaling.codes.mint(ttl: nil, client: self.client, store.world.loop))
        #expect(answer.value == nil)
        store.write()
        guard case .minted(let code, let room, .minutes(10)) = answer.value else { throw Unexpected() }
        return (code, room)
    }

    private static func accepted(_ ref: Int) -> ReceivedFrame { .text(#"{"type":"accepted","ref":\#(ref)}"#) }
    private static func item(_ seq: Int, _ payload: String) -> ReceivedFrame {
        .text(#"{"type":"deliver","seq":\#(seq),"payload":\#(payload)}"#)
    }
    private static func refused(_ ref: Int) -> ReceivedFrame {
        let message = "the server cannot store items now; try again later"
        return .text(#"{"type":"error","code":"mailbox_full","message":"\#(message)","ref":\#(ref)}"#)
    }

    private static func mailbox(_ frame: ReceivedFrame) -> MailboxID? {
        let text = String(decoding: frame.payload, as: UTF8.self)
        guard text.hasPrefix(#"{"type":"mailbox","id":""#) else { return nil }
        return MailboxID(Array(text.utf8.dropFirst(24).prefix(16)))
    }
}

/// What a store says later.
private final class Answer<Value> {
    let reply: LateReply<Value>?
    private(set) var value: Value?

    private init(_ reply: LateReply<Value>?) {
        self.reply = reply
        reply?.then { [unowned self] in self.value = $0 }
    }
}

extension Answer where Value == CodeService.MintResult {
    convenience init(_ result: Value) {
        if case .later(let reply) = result { self.init(reply) } else { self.init(nil) }
    }
}

extension Answer where Value == CodeService.RedeemResult {
    convenience init(_ result: Value) {
        if case .later(let reply) = result { self.init(reply) } else { self.init(nil) }
    }
}
