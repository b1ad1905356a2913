import EngineScripts
import NetworkAddresses
import NodeCore
import SignalingCore
import SignalingWire
import Testing
import TimeKeeping

struct RoomSearchTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private static let room = RoomID(high: 1, low: 1)
    private static let (me, other) = (NodeID(1), NodeID(2))
    private static let lease = NodeLease(node: other, address: "http://10.0.0.2:1", left: .seconds(9), isDraining: false)
    private static let draining = NodeLease(node: other, address: "http://10.0.0.2:1", left: .seconds(9), isDraining: true)
    private static let stored = StoredRoom(
        name: StoredRoomName(id: room, mailbox: MailboxID(1), owner: .v4(1)), standing: RoomStanding())
    private static let claimed = ClaimCall.Reply.claimed(HomeEpoch(7), stored)
    private static let silent = RoomSearch.Action.unavailable(retryAfter: .seconds(1), .homeSilent)

    private var now = Self.start
    private var life = NodeLife(address: "", key: "", now: Self.start)
    private var searches = RoomSearches()
    private var orders: [RoomSearches.Order] = []

    init() {
        self.life.connected(now: self.now)
        _ = self.life.tick(name: Self.me, now: self.now)
        _ = self.life.entered(key: "", sent: self.now, now: self.now)
        self.renew([Self.lease])
    }

    private mutating func renew(_ leases: [NodeLease]) {
        _ = self.life.tick(name: Self.me, now: self.now)
        _ = self.life.replied(.renewed(inbox: [], leases), sent: self.now, now: self.now)
    }

    private mutating func taken() -> [RoomSearch.Action] {
        defer { self.orders = [] }
        return self.orders.map(\.action)
    }

    private mutating func begin(isPassedHere: Bool = false) -> RoomSearches.SearchID {
        self.searches.begin(Self.room, isPassedHere: isPassedHere, self.life, now: self.now, orders: &self.orders)
    }

    private mutating func reply(_ id: RoomSearches.SearchID, _ reply: ClaimCall.Reply) -> [RoomSearch.Action] {
        self.searches.claimed(id, room: Self.room, reply, self.life, now: self.now, orders: &self.orders)
        return self.taken()
    }

    private mutating func lease(_ id: RoomSearches.SearchID, left: Int64) -> [RoomSearch.Action] {
        self.searches.leased(id, .milliseconds(left), self.life, now: self.now, orders: &self.orders)
        return self.taken()
    }

    private mutating func pass(_ id: RoomSearches.SearchID, _ outcome: RoomSearch.PassOutcome) -> [RoomSearch.Action] {
        self.searches.passed(id, outcome, self.life, now: self.now, orders: &self.orders)
        return self.taken()
    }

    private mutating func tick(_ milliseconds: Int64) -> [RoomSearch.Action] {
        self.now = self.now + .milliseconds(milliseconds)
        self.searches.tick(self.life, now: self.now, orders: &self.orders)
        return self.taken()
    }

    private func served(took: NodeID?) -> RoomSearch.Action {
        .serveHere(RoomHome(node: Self.me, epoch: HomeEpoch(7)), Self.stored, took: took)
    }

    private static let passing = RoomSearch.Action.pass(to: lease, within: .milliseconds(1500))

    @Test mutating func aRoomWithoutAHomeIsTaken() {
        let id = self.begin()
        #expect(self.taken() == [.claim(lapsed: nil)])
        #expect(self.reply(id, Self.claimed) == [self.served(took: nil)])
        #expect(self.searches.count == 0 && self.searches.claimCount == 0)
    }

    @Test(arguments: [RoomSearch.PassOutcome.refusedDraining, .refusedNotHome])
    mutating func aRoomIsTakenFromAHomeThatRefuses(outcome: RoomSearch.PassOutcome) {
        let id = self.begin()
        _ = self.taken()
        #expect(self.reply(id, .home(Self.other)) == [Self.passing])
        #expect(self.pass(id, outcome) == [.claim(lapsed: Self.other)])
        #expect(self.reply(id, Self.claimed) == [self.served(took: Self.other)])
    }

    @Test mutating func aHomeThatAnswersKeepsTheConnection() {
        let id = self.begin()
        _ = self.taken()
        _ = self.reply(id, .home(Self.other))
        #expect(self.pass(id, .connected) == [.passed])
        #expect(self.searches.count == 0)
    }

    @Test(arguments: [RoomSearch.PassOutcome.unreachable, .tooSlow], [0, 7000, 7001, 9900] as [Int64])
    mutating func aSilentHomeLosesTheRoomAfterThreeSeconds(outcome: RoomSearch.PassOutcome, left: Int64) {
        let id = self.begin()
        _ = self.taken()
        _ = self.reply(id, .home(Self.other))
        #expect(self.pass(id, outcome) == [.lease(Self.other)])
        let actions = self.lease(id, left: left)
        switch left {
        case 0, 7000: #expect(actions == [.claim(lapsed: Self.other)])
        case 7001:
            #expect(actions == [.wait(until: self.now + .milliseconds(1))])
            #expect(self.tick(1) == [.lease(Self.other)])
            // It has renewed its lease.
            #expect(self.lease(id, left: 9999) == [.wait(until: self.now + .milliseconds(2999))] || self.searches.count == 0)
        default: #expect(actions == [.wait(until: self.now + .milliseconds(2900))])
        }
    }

    @Test mutating func aHomeThatDrainsLosesTheRoomAtOnce() {
        #expect(self.tick(1000) == [])
        self.renew([Self.draining])
        let id = self.begin()
        _ = self.taken()
        #expect(self.reply(id, .home(Self.other)) == [.pass(to: Self.draining, within: .milliseconds(1500))])
        // It may have left since.
        #expect(self.tick(1000) == [])
        self.renew([])
        #expect(self.pass(id, .unreachable) == [.claim(lapsed: Self.other)])
        #expect(self.reply(id, Self.claimed) == [self.served(took: Self.other)])
    }

    @Test mutating func aHomeThatIsKnownToDrainByTheTimeLosesTheRoomAtOnce() {
        let id = self.begin()
        _ = self.taken()
        #expect(self.reply(id, .home(Self.other)) == [Self.passing])
        #expect(self.tick(1000) == [])
        self.renew([Self.draining])
        #expect(self.pass(id, .unreachable) == [.claim(lapsed: Self.other)])
    }

    @Test(arguments: [RoomSearch.PassOutcome.unreachable, .tooSlow])
    mutating func aSilentHomeThatTurnsOutToDrainIsWaitedForNoLonger(outcome: RoomSearch.PassOutcome) {
        let id = self.begin()
        _ = self.taken()
        _ = self.reply(id, .home(Self.other))
        #expect(self.pass(id, outcome) == [.lease(Self.other)])
        #expect(self.lease(id, left: 9000) == [.wait(until: self.now + .milliseconds(2000))])
        #expect(self.tick(1000) == [])
        self.renew([Self.draining])
        #expect(self.tick(0) == [.claim(lapsed: Self.other)])
    }

    @Test mutating func aSilentHomeThatTurnsOutToDrainNeedNotLapse() {
        let id = self.begin()
        _ = self.taken()
        _ = self.reply(id, .home(Self.other))
        #expect(self.pass(id, .unreachable) == [.lease(Self.other)])
        #expect(self.tick(1000) == [])
        self.renew([Self.draining])
        // Too long to wait for.
        #expect(self.lease(id, left: 10_000) == [.claim(lapsed: Self.other)])
    }

    @Test mutating func aHomeWhoseLeaseIsOverLosesTheRoom() {
        let id = self.begin()
        _ = self.taken()
        #expect(self.reply(id, .home(NodeID(3))) == [.lease(NodeID(3))])
        #expect(self.lease(id, left: 0) == [.claim(lapsed: NodeID(3))])
    }

    @Test mutating func aHomeThatEnteredJustNowIsKnownByTheNextRenewal() {
        let id = self.begin()
        _ = self.taken()
        _ = self.reply(id, .home(NodeID(3)))
        #expect(self.lease(id, left: 9500) == [.wait(until: self.now + .milliseconds(1200))])
        #expect(self.tick(1000) == [])
        let lease = NodeLease(node: NodeID(3), address: "http://10.0.0.3:1", left: .seconds(9), isDraining: false)
        self.renew([lease])
        #expect(self.tick(0) == [.pass(to: lease, within: .milliseconds(1500))])
        #expect(self.pass(id, .unreachable) == [.lease(NodeID(3))])
        #expect(self.lease(id, left: 9900) == [.unavailable(retryAfter: .milliseconds(2900), .homeSilent)])
    }

    @Test mutating func aNameThatWasThisNodesOwnHasNoRooms() {
        self.now = self.now + .seconds(30)
        _ = self.life.tick(name: Self.me, now: self.now)
        _ = self.life.replied(.lapsed, sent: self.now, now: self.now)
        let early = self.begin()
        #expect(self.taken() == [.unavailable(retryAfter: .seconds(1), .notANode)])
        self.searches.cancel(early)
        _ = self.life.tick(name: NodeID(4), now: self.now)
        _ = self.life.entered(key: "", sent: self.now, now: self.now)
        self.renew([])
        self.now = self.now + .seconds(3)
        let id = self.begin()
        #expect(self.taken() == [.claim(lapsed: nil)])
        #expect(self.reply(id, .home(Self.me)) == [.claim(lapsed: Self.me)])
        #expect(
            self.reply(id, Self.claimed) == [.serveHere(RoomHome(node: NodeID(4), epoch: HomeEpoch(7)), Self.stored, took: nil)])
    }

    @Test mutating func aSearchEndsAfterThreeSeconds() {
        _ = self.begin()
        _ = self.taken()
        #expect(self.tick(2999) == [])
        #expect(self.tick(1) == [.unavailable(retryAfter: .seconds(1), .tooLate)])
        #expect(self.searches.count == 0)
    }

    @Test mutating func aSearchHasSixSteps() {
        let id = self.begin()
        _ = self.taken()
        for _ in 0..<2 {
            #expect(self.reply(id, .home(Self.other)) == [Self.passing])
            #expect(self.pass(id, .refusedNotHome) == [.claim(lapsed: Self.other)])
        }
        #expect(self.reply(id, .home(Self.other)) == [Self.passing])
        #expect(self.pass(id, .refusedNotHome) == [.unavailable(retryAfter: .seconds(1), .tooManySteps)])
        #expect(self.searches.count == 0 && self.searches.claimCount == 0)
    }

    @Test mutating func searchesForOneRoomShareAClaim() {
        let first = self.begin()
        for _ in 1..<RoomSearches.mostWaiters { _ = self.begin() }
        #expect(self.taken() == [.claim(lapsed: nil)])
        _ = self.begin()
        #expect(self.taken() == [.unavailable(retryAfter: .seconds(1), .tooMany)])
        // Another node passes one here meanwhile.
        #expect(self.reply(first, Self.claimed) == Array(repeating: self.served(took: nil), count: RoomSearches.mostWaiters))
    }

    @Test mutating func whoKnowsMoreClaimsAnew() {
        let first = self.begin()
        _ = self.reply(first, .home(Self.other))
        let second = self.begin()
        #expect(self.taken() == [.claim(lapsed: nil)])
        #expect(self.pass(first, .refusedDraining) == [])
        #expect(self.reply(second, .home(Self.other)) == [Self.passing, .claim(lapsed: Self.other)])
        #expect(self.reply(first, Self.claimed) == [self.served(took: Self.other)])
        #expect(self.searches.count == 1)
    }

    @Test mutating func whatWasPassedHereGoesNoFurther() {
        _ = self.begin(isPassedHere: true)
        #expect(self.taken() == [.refuseAsNotHome])
        let first = self.begin()
        _ = self.taken()
        _ = self.begin(isPassedHere: true)
        #expect(self.taken() == [])
        #expect(self.reply(first, .home(Self.other)) == [Self.passing, .refuseAsNotHome])
    }

    @Test mutating func anEngineThatIsAwayEndsAllThatWaitForIt() {
        let first = self.begin()
        _ = self.begin()
        _ = self.taken()
        self.searches.claimFailed(first, room: Self.room, self.life, now: self.now, orders: &self.orders)
        #expect(self.taken() == Array(repeating: .unavailable(retryAfter: .seconds(1), .engineAway), count: 2))
        self.life.disconnected()
        _ = self.begin()
        #expect(self.taken() == [.unavailable(retryAfter: .seconds(1), .engineAway)])
    }
}
