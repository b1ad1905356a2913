import EngineScripts
import NIOCore
import NetworkAddresses
import NodeCore
import SignalingCore
import SignalingWire
import Testing
import TimeKeeping

struct HomesTests {
    private static let room = RoomID(high: 1, low: 1)
    private static let name = StoredRoomName(id: room, mailbox: MailboxID(5), owner: .v4(1))
    private static let times = RoomTimes(kept: .minutes(10))
    private static let me = RoomHome(node: NodeID(1), epoch: HomeEpoch(1_790_000_000_000))
    private static func another(_ node: UInt64, _ epoch: Int64) -> RoomHome {
        RoomHome(node: NodeID(node), epoch: HomeEpoch(me.epoch.number + epoch))
    }
    private static let empty = StoredRoom(name: name, standing: RoomStanding())

    private var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private var life = NodeLife(address: "", key: "", now: MonotonicTime(nanoseconds: 1_000_000_000_000))
    private var homes = Homes(times: Self.times)
    private var orders: [Homes.Order] = []

    init() {
        self.enter(NodeID(1))
        self.homes.resume(as: NodeID(1), allInDoubt: false, now: self.now)
        #expect(self.homes.take(Self.empty, Self.me, now: self.now) == true)
        self.join()
    }

    // MARK: - In short

    private mutating func join() { self.note(.roomStands(MailboxID(5), RoomStanding())) }
    private mutating func desert() { self.note(.roomStands(MailboxID(5), RoomStanding(desertedSince: 77))) }

    private mutating func enter(_ name: NodeID) {
        self.life.connected(now: self.now)
        _ = self.life.tick(name: name, now: self.now)
        _ = self.life.entered(key: "", sent: self.now, now: self.now)
    }

    private mutating func lapse() {
        self.life.connected(now: self.now)
        _ = self.life.tick(name: NodeID(9), now: self.now)
        _ = self.life.replied(.lapsed, sent: self.now, now: self.now)
        self.homes.lapsed()
    }

    private mutating func pass(_ milliseconds: Int64) -> [String] {
        self.now = self.now + .milliseconds(milliseconds)
        self.homes.tick(now: self.now, orders: &self.orders)
        return self.told()
    }

    private func item(_ seq: UInt64, to side: Side = .b, bytes: Int = 1, locked: Set<Side> = []) -> StoredItem {
        var accepted = AcceptedRefs()
        accepted.accept(seq, sid: "s")
        return StoredItem(
            room: Self.name, standing: RoomStanding(lockedSides: locked), recipient: side, seq: seq,
            payload: ByteBuffer(repeating: 7, count: bytes), sender: side.other, accepted: accepted)
    }

    private mutating func record(_ items: StoredItem...) -> [JournalPosition?] { items.map { self.homes.record($0, now: self.now) } }

    private mutating func pump() -> [String] {
        self.homes.pump(orders: &self.orders)
        return self.told()
    }

    private mutating func note(_ change: StoredChange) { self.homes.note(change, in: Self.room, now: self.now) }

    private var lastCall: (call: RoomCall, number: UInt64)?

    /// The orders that came, in words; the last call is the one that is replied to.
    private mutating func told() -> [String] {
        defer { self.orders = [] }
        return self.orders.map { order in
            switch order {
            case .call(let call, _, let number):
                self.lastCall = (call, number)
                return Self.text(call)
            case .provide: return "provide"
            case .settled(_, let outcome): return "written \(outcome.written) refused \(outcome.refused)"
            case .close(_, let node): return "close, \(node?.text.last.map(String.init) ?? "nobody")"
            case .gone: return "gone"
            }
        }
    }

    private static func text(_ call: RoomCall) -> String {
        switch call {
        case .look: "look"
        case .claim(let call): "claim from \(call.lapsed?.text.last.map(String.init) ?? "-")"
        case .store(let call): "store \(call.recipient.name) \(call.first)+\(call.payloads.count) ref \(call.accepted?.last ?? 0)"
        case .acknowledge(let call): "acknowledge \(call.side.name) \(call.seq)"
        case .stand(let call): "stand \(call.standing.lockedSides.map(\.name).sorted())"
        case .keep: "keep"
        case .release(let call): "release \(call.desertedSince.map { "\($0 - me.epoch.number)" } ?? "for good")"
        case .adopt(let call):
            "adopt \(call.home.node.text.suffix(1)) \(call.home.epoch.number - me.epoch.number) \(call.stored.b.items.count)"
        }
    }

    private mutating func reply(_ reply: RoomReply) -> [String] {
        guard let number = self.lastCall?.number else { return ["no call"] }
        self.homes.replied(reply, to: number, of: Self.room, self.life.nodes, now: self.now, orders: &self.orders)
        return self.told()
    }

    private mutating func loseReply() {
        guard let number = self.lastCall?.number else { return }
        self.homes.pause()
        self.homes.unanswered(number, of: Self.room)
    }

    private mutating func resume() -> [String] {
        self.homes.resume(as: NodeID(1), allInDoubt: false, now: self.now)
        return self.pump()
    }

    private mutating func provide(_ stored: StoredRoom = Self.empty) -> [String] {
        self.homes.provide(stored, orders: &self.orders)
        return self.told()
    }

    private static func claimed(_ epoch: Int64, items: Int, mailbox: UInt64 = 5) -> RoomReply {
        var stored = StoredRoom(
            name: StoredRoomName(id: room, mailbox: MailboxID(mailbox), owner: .v4(1)), standing: RoomStanding())
        stored.b.items = Array(repeating: ByteBuffer(string: "x"), count: items)
        return .claimed(.claimed(HomeEpoch(me.epoch.number + epoch), stored))
    }

    // MARK: - Writing

    @Test mutating func whatComesWhileACallIsUnderWayIsWrittenTogether() {
        #expect(self.record(self.item(1)) == [1])
        #expect(self.pump() == ["store B 1+1 ref 1"])
        #expect(self.record(self.item(2), self.item(3), self.item(1, to: .a), self.item(4)) == [2, 3, 4, 5])
        #expect(self.pump() == [])
        #expect(self.reply(.stored(.stored(upTo: 1))) == ["written 1 refused 0", "store B 2+2 ref 3"])
        #expect(self.reply(.stored(.stored(upTo: 3))) == ["written 3 refused 0", "store A 1+1 ref 1"])
        #expect(self.reply(.stored(.stored(upTo: 1))) == ["written 4 refused 0", "store B 4+1 ref 4"])
        #expect(self.reply(.stored(.stored(upTo: 4))) == ["written 5 refused 0"])
        #expect(self.homes.changesWaiting == (0, 0) && self.homes.callsUnderWay == 0)
    }

    @Test mutating func aCallIsBoundedInItemsAndBytes() {
        for seq in 1...70 as ClosedRange<UInt64> { _ = self.record(self.item(seq)) }
        _ = self.record(self.item(71, bytes: 200 << 10), self.item(72, bytes: 100 << 10))
        #expect(self.pump() == ["store B 1+64 ref 64"])
        #expect(self.reply(.stored(.stored(upTo: 64))).last == "store B 65+7 ref 71")
        #expect(self.reply(.stored(.stored(upTo: 71))).last == "store B 72+1 ref 72")
    }

    @Test mutating func whatWaitsIsBounded() {
        var limits = Homes.Limits()
        (limits.rooms, limits.changes, limits.bytes) = (1, 2, 10)
        self.homes = Homes(times: Self.times, limits: limits)
        #expect(self.record(self.item(1)) == [nil])
        #expect(self.homes.take(Self.empty, Self.me, now: self.now) == true)
        let other = StoredRoomName(id: RoomID(high: 2, low: 2), mailbox: MailboxID(6), owner: .v4(1))
        #expect(self.homes.take(StoredRoom(name: other, standing: RoomStanding()), Self.me, now: self.now) == false)
        #expect(
            self.record(self.item(1, bytes: 11), self.item(1, bytes: 8), self.item(2, bytes: 3), self.item(2), self.item(3)) == [
                nil, 1, nil, 2, nil,
            ])
        #expect(self.homes.changesWaiting == (2, 9))
    }

    @Test mutating func acknowledgementsAreGatheredAndTakeTurnsWithItems() {
        _ = self.record(self.item(1))
        #expect(self.pump() == ["store B 1+1 ref 1"])
        _ = self.record(self.item(1, to: .a))
        self.note(.acknowledged(MailboxID(5), .b, upTo: 1))
        self.note(.acknowledged(MailboxID(5), .b, upTo: 2))
        #expect(self.reply(.stored(.stored(upTo: 1))).last == "acknowledge B 2")
        #expect(self.reply(.acknowledged(.acknowledged(upTo: 2))) == ["store A 1+1 ref 1"])
        #expect(self.reply(.stored(.stored(upTo: 1))) == ["written 2 refused 0"])
    }

    @Test mutating func aLockIsWrittenBeforeWhatIsSentBehindIt() {
        _ = self.record(self.item(1), self.item(2, locked: [.a]), self.item(3, locked: [.a]))
        #expect(self.pump() == ["store B 1+1 ref 1"])
        #expect(self.reply(.stored(.stored(upTo: 1))) == ["written 1 refused 0", "stand [\"A\"]"])
        #expect(self.reply(.done(.done)) == ["store B 2+2 ref 3"])
    }

    // MARK: - Calls without a reply

    @Test mutating func whatHadNoReplyIsRepeatedInANewEpoch() {
        _ = self.record(self.item(1))
        #expect(self.pump() == ["store B 1+1 ref 1"])
        self.loseReply()
        #expect(self.pump() == [])
        #expect(self.resume() == ["look"])
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .home)
        #expect(self.reply(.looked(Self.me)) == ["claim from -"])
        #expect(self.reply(Self.claimed(7, items: 1)) == ["store B 1+1 ref 1"])
        guard case .store(let call)? = self.lastCall?.call else { return }
        #expect(call.home.epoch == HomeEpoch(Self.me.epoch.number + 7))
        #expect(self.reply(.stored(.stored(upTo: 1))) == ["written 1 refused 0"])
    }

    /// Each pause is twice as long as the one before, until the engine takes something.
    @Test mutating func anEngineThatRefusesIsLeftInPeace() {
        self.join()
        _ = self.record(self.item(1))
        #expect(self.pump() == ["store B 1+1 ref 1"])
        for pause: Int64 in [250, 500, 1000] {
            self.homes.refused(self.lastCall?.number ?? 0, of: Self.room, now: self.now)
            #expect(self.pump() == [])
            #expect(self.pass(pause - 1).filter { $0 == "look" } == [])
            #expect(self.pass(1).filter { $0 == "look" } == ["look"])
        }
        #expect(self.reply(.looked(Self.me)) == ["claim from -"])
        #expect(self.reply(Self.claimed(9, items: 0)) == ["store B 1+1 ref 1"])
        self.homes.refused(self.lastCall?.number ?? 0, of: Self.room, now: self.now)
        #expect(self.pass(249) == [])
        #expect(self.pass(1).last == "look")
    }

    /// The next home may find it stored.
    @Test mutating func whatWasSentIsNotRefusedAndIsStoredOnce() {
        _ = self.record(self.item(1))
        #expect(self.pump() == ["store B 1+1 ref 1"])
        _ = self.record(self.item(2))
        self.loseReply()
        #expect(self.pass(60_000) == [])
        #expect(self.resume() == ["look"])
        #expect(self.reply(.looked(Self.me)) == ["claim from -"])
        #expect(self.reply(Self.claimed(7, items: 1)) == ["store B 1+2 ref 2"])
        #expect(self.reply(.stored(.stored(upTo: 2))) == ["written 2 refused 0"])
    }

    @Test mutating func whatTheEngineRefusedIsRefusedAfterTwoSeconds() {
        _ = self.record(self.item(1))
        #expect(self.pump() == ["store B 1+1 ref 1"])
        self.homes.refused(self.lastCall?.number ?? 0, of: Self.room, now: self.now)
        #expect(self.pass(2000).contains("written 0 refused 1"))
    }

    @Test mutating func whatWasNeverSentIsRefusedWithoutMore() {
        self.homes.pause()
        _ = self.record(self.item(1))
        #expect(self.pass(2000) == ["written 0 refused 1"])
        #expect(self.resume() == [])
    }

    // MARK: - Losing rooms

    @Test(arguments: [nil, 2] as [UInt64?]) mutating func aRoomThatIsAnothersIsClosedAtOnce(node: UInt64?) {
        _ = self.record(self.item(1))
        _ = self.pump()
        let orders = self.reply(.stored(.lost(LostHome(now: node.map { Self.another($0, 1) }))))
        if node != nil {
            #expect(orders == ["close, 2"])
        } else {
            // Nobody's: the engine has lost it, unless it has it all the same.
            #expect(orders == ["provide"])
            #expect(self.provide() == ["adopt 1 0 0"])
            #expect(self.reply(.done(.lost(LostHome(now: nil)))) == ["close, nobody"])
        }
        #expect(self.homes.count == 0 && self.homes.changesWaiting == (0, 0))
        #expect(self.record(self.item(2)) == [nil])
    }

    @Test mutating func aRoomThatTheEngineLostIsWrittenAgain() {
        _ = self.record(self.item(1))
        _ = self.pump()
        #expect(self.reply(.stored(.lost(LostHome(now: nil)))) == ["provide"])
        #expect(self.pump() == [])
        #expect(self.provide() == ["adopt 1 0 0"])
        #expect(self.reply(.done(.done)) == ["store B 1+1 ref 1"])
    }

    @Test mutating func whatAnOlderHomeWroteFirstIsReplaced() {
        _ = self.record(self.item(1))
        _ = self.pump()
        #expect(self.reply(.stored(.lost(LostHome(now: Self.another(2, -1))))) == ["provide"])
        #expect(self.provide() == ["adopt 1 0 0"])
        #expect(self.reply(.done(.done)) == ["store B 1+1 ref 1"])
    }

    @Test mutating func whatAnOlderHomeWroteFirstIsReplacedWhereItIsLookedAt() {
        self.homes.doubt(Self.room)
        #expect(self.pump() == ["look"])
        #expect(self.reply(.looked(Self.another(2, -1))) == ["provide"])
        #expect(self.provide() == ["adopt 1 0 0"])
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .inDoubt)
        #expect(self.reply(.done(.done)) == [])
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .home)
    }

    @Test mutating func whoeverIsFoundAtAClaimIsLookedAt() {
        self.homes.doubt(Self.room)
        #expect(self.pump() == ["look"])
        #expect(self.reply(.looked(Self.another(1, 1))) == ["claim from -"])
        #expect(self.reply(.claimed(.home(NodeID(2)))) == ["look"])
        #expect(self.reply(.looked(Self.another(2, 2))) == ["close, 2"])
    }

    @Test mutating func anOlderHomeLosesWhatALaterOneWrote() {
        self.homes.doubt(Self.room)
        #expect(self.pump() == ["look"])
        #expect(self.reply(.looked(nil)) == ["provide"])
        #expect(self.provide() == ["adopt 1 0 0"])
        #expect(self.reply(.done(.lost(LostHome(now: Self.another(2, 1))))) == ["close, 2"])
    }

    @Test mutating func anEngineThatKnowsLessIsToldAll() {
        _ = self.record(self.item(1))
        _ = self.pump()
        #expect(self.reply(.stored(.missing(after: 0))) == ["provide"])
    }

    @Test mutating func anotherNameTakesItsRoomsAlong() {
        self.lapse()
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .inDoubt)
        self.enter(NodeID(3))
        self.homes.resume(as: NodeID(3), allInDoubt: true, now: self.now)
        #expect(self.pump() == ["look"])
        #expect(self.reply(.looked(Self.me)) == ["claim from 1"])
        #expect(self.reply(Self.claimed(4, items: 0)) == [])
        #expect(self.homes.home(of: Self.room) == RoomHome(node: NodeID(3), epoch: HomeEpoch(Self.me.epoch.number + 4)))
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .home)
        // Whoever wanted to take it by then has done so after a while.
        #expect(self.pass(4000) == ["keep"])
        #expect(self.reply(.done(.done)) == [])
    }

    @Test(arguments: [RoomReply.looked(Self.another(2, 1)), .looked(nil)])
    mutating func whatIsAnothersIsClosedAfterALapse(found: RoomReply) {
        self.lapse()
        self.enter(NodeID(3))
        self.homes.resume(as: NodeID(3), allInDoubt: true, now: self.now)
        #expect(self.pump() == ["look"])
        if found == .looked(nil) {
            #expect(self.reply(found) == ["provide"])
            #expect(self.provide() == ["adopt 3 0 0"])
        } else {
            #expect(self.reply(found) == ["close, 2"])
        }
    }

    @Test mutating func aRoomThatOthersWereHomeOfMeanwhileIsOlderHere() {
        self.homes.doubt(Self.room)
        _ = self.pump()
        #expect(self.reply(.looked(RoomHome(node: NodeID(1), epoch: HomeEpoch(9)))) == ["claim from -"])
        #expect(self.reply(Self.claimed(4, items: 1)) == ["close, nobody"])
    }

    @Test mutating func aDoubtWithoutCauseCostsALook() {
        self.homes.doubt(Self.room)
        #expect(self.pump() == ["look"])
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .inDoubt)
        #expect(self.reply(.looked(Self.me)) == [])
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .home)
    }

    @Test mutating func nobodyJoinsARoomThatMayHaveBeenTaken() {
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now + .milliseconds(2999)) == .home)
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now + .milliseconds(3000)) == .inDoubt)
    }

    @Test mutating func aDrainingNodeGivesARoomUp() {
        _ = self.record(self.item(1))
        self.homes.giveUp(Self.room, orders: &self.orders)
        #expect(self.told() == ["close, nobody"])
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .notHome)
        #expect(self.homes.changesWaiting == (0, 0))
    }

    @Test mutating func whatIsClaimedOnceMoreGoesOnInTheLaterEpoch() {
        _ = self.record(self.item(1))
        #expect(self.pump() == ["store B 1+1 ref 1"])
        let later = RoomHome(node: NodeID(1), epoch: HomeEpoch(Self.me.epoch.number + 3))
        #expect(self.homes.take(Self.empty, later, now: self.now) == true)
        #expect(self.reply(.stored(.lost(LostHome(now: later)))) == ["look"])
        #expect(self.reply(.looked(later)) == ["store B 1+1 ref 1"])
        #expect(self.homes.home(of: Self.room) == later)
    }

    // MARK: - Those who are expected

    @Test(arguments: [
        (StoredSide(), "release for good"), (StoredSide(items: [ByteBuffer(string: "x")]), "release 0"),
        (StoredSide(acknowledged: 1), "release 0"),
        (StoredSide(accepted: AcceptedRefs(sid: "s", last: 1, refused: []) ?? AcceptedRefs()), "release 0"),
    ])
    mutating func aRoomThatNobodyJoinsIsReleasedAsItWas(side: StoredSide, release: String) {
        self.homes = Homes(times: Self.times)
        self.homes.resume(as: NodeID(1), allInDoubt: false, now: self.now)
        var stored = Self.empty
        stored.b = side
        #expect(self.homes.take(stored, Self.me, now: self.now) == true)
        #expect(self.pass(4999) == [])
        #expect(self.homes.home(of: Self.room) == Self.me)
        #expect(self.pass(1) == [release])
        #expect(self.homes.home(of: Self.room) == nil)
        #expect(self.reply(.done(.done)) == ["gone"])
    }

    @Test mutating func aRoomIsNotReleasedWhileSomebodyIsExpected() {
        self.homes.expect(Self.room, now: self.now)
        self.desert()
        #expect(self.pump() == [])
        #expect(self.pass(3000) == [])
        // The time is that of the last.
        self.homes.expect(Self.room, now: self.now)
        #expect(self.pass(4999) == [])
        #expect(self.pass(1) == ["release 0"])
    }

    @Test mutating func whoJoinsIsExpectedNoLonger() {
        self.homes.expect(Self.room, now: self.now)
        self.homes.expect(Self.room, now: self.now)
        self.join()
        self.desert()
        #expect(self.pump() == [])
        self.join()
        self.desert()
        #expect(self.pump() == ["release 0"])
        // Too late: it is claimed anew.
        self.homes.expect(Self.room, now: self.now)
        #expect(self.reply(.done(.done)) == ["gone"])
        #expect(self.pass(5000) == [])
    }

    @Test mutating func whoeverClaimedTheRoomOnceMoreIsExpectedToo() {
        #expect(self.homes.take(Self.empty, RoomHome(node: NodeID(1), epoch: HomeEpoch(Self.me.epoch.number + 1)), now: self.now) == true)
        self.note(.forgotten(MailboxID(5)))
        #expect(self.pump() == [])
        #expect(self.pass(5000) == ["release for good"])
    }

    /// The room that came since is not released for those who were expected in the one before.
    @Test mutating func anExpectationEndsWithItsRoom() {
        self.homes.expect(Self.room, now: self.now)
        self.homes.giveUp(Self.room, orders: &self.orders)
        #expect(self.told() == ["close, nobody"])
        #expect(self.pass(1000) == [])
        let later = RoomHome(node: NodeID(1), epoch: HomeEpoch(Self.me.epoch.number + 1000))
        #expect(self.homes.take(Self.empty, later, now: self.now) == true)
        #expect(self.pass(4000) == [])
        #expect(self.pass(1000) == ["release for good"])
    }

    @Test mutating func whatTheEngineLostIsWrittenAgainForThoseWhoAreExpected() {
        self.homes.expect(Self.room, now: self.now)
        self.note(.forgotten(MailboxID(5)))
        self.homes.doubt(Self.room)
        #expect(self.pump() == ["look"])
        #expect(self.reply(.looked(nil)) == ["provide"])
    }

    // MARK: - Leaving and staying

    @Test mutating func aRoomThatNobodyIsInIsReleasedOnceAllIsWritten() {
        _ = self.record(self.item(1))
        #expect(self.pump() == ["store B 1+1 ref 1"])
        #expect(self.pass(1500) == [])
        // By the engine's clock, as far as it is known here.
        self.desert()
        #expect(self.reply(.stored(.stored(upTo: 1))) == ["written 1 refused 0", "release 1500"])
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .notHome)
        #expect(self.reply(.done(.done)) == ["gone"])
        #expect(self.homes.count == 0)
    }

    @Test mutating func whoComesBackInTimeFindsTheRoomWhereItWas() {
        _ = self.record(self.item(1))
        _ = self.pump()
        self.desert()
        self.join()
        #expect(self.reply(.stored(.stored(upTo: 1))) == ["written 1 refused 0"])
    }

    @Test mutating func aRoomThatNobodyUsedIsForgotten() {
        self.note(.forgotten(MailboxID(5)))
        #expect(self.pump() == ["release for good"])
        self.loseReply()
        #expect(self.resume() == ["look"])
        #expect(self.reply(.looked(nil)) == ["gone"])
    }

    /// Or its connections would be in a room that nobody knows of once it is claimed again.
    @Test mutating func aRoomThatWasPerhapsReleasedIsServedOnForWhoeverIsInIt() {
        self.note(.forgotten(MailboxID(5)))
        #expect(self.pump() == ["release for good"])
        // Later than anybody is expected.
        self.join()
        self.loseReply()
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .inDoubt)
        #expect(self.resume() == ["look"])
        #expect(self.reply(.looked(nil)) == ["provide"])
        #expect(self.provide() == ["adopt 1 0 0"])
        #expect(self.reply(.done(.done)) == [])
        #expect(self.homes.standing(of: Self.room, self.life, now: self.now) == .home)
    }

    @Test mutating func whatWasReleasedWithoutAReplyStaysReleased() {
        _ = self.record(self.item(1))
        _ = self.pump()
        _ = self.reply(.stored(.stored(upTo: 1)))
        self.desert()
        #expect(self.pump() == ["release 0"])
        self.loseReply()
        #expect(self.resume() == ["look"])
        #expect(self.reply(.looked(nil)) == ["provide"])
        #expect(self.provide() == ["adopt 1 0 0"])
        #expect(self.reply(.done(.lost(LostHome(now: nil)))) == ["gone"])
    }

    @Test mutating func aRoomIsKeptAtAThirdOfItsLife() {
        #expect(self.pass(399_999) == [])
        #expect(self.pass(1) == ["keep"])
        #expect(self.reply(.done(.done)) == [])
        #expect(self.pass(399_999) == [])
        #expect(self.pass(1) == ["keep"])
        #expect(self.reply(.done(.lost(LostHome(now: nil)))) == ["provide"])
    }

    @Test mutating func aRoomThatMayBeTakenAfterARefusalIsLookedAtSoon() {
        self.homes = Homes(times: Self.times)
        self.homes.resume(as: NodeID(1), allInDoubt: false, now: self.now)
        self.homes.refusedAsNotHome(now: self.now)
        #expect(self.homes.take(Self.empty, Self.me, now: self.now) == true)
        #expect(self.pass(3999) == [])
        #expect(self.pass(1) == ["keep"])
    }
}
