import EngineScripts
import NodeCore
import SignalingWire
import Testing
import TimeKeeping

struct NodeLifeTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private static let room = RoomID(high: 1, low: 2)
    private var now = Self.start
    private var life = NodeLife(address: "http://10.0.0.1:1", key: "mine", now: Self.start)

    private mutating func pass(_ milliseconds: Int64) { self.now = self.now + .milliseconds(milliseconds) }

    private mutating func enter(as name: UInt64 = 1) {
        self.life.connected(now: self.now)
        #expect(
            self.life.tick(name: NodeID(name), now: self.now)
                == .enter(EnterCall(node: NodeID(name), life: .seconds(10), address: "http://10.0.0.1:1", key: "mine"), sent: self.now))
        #expect(self.life.entered(key: "all", sent: self.now, now: self.now) == .revalidate(as: NodeID(name)))
    }

    private mutating func renew(after milliseconds: Int64 = 0) -> NodeLife.Action {
        let sent = self.now
        guard case .renew = self.life.tick(name: NodeID(9), now: sent) else { return .wait }
        self.pass(milliseconds)
        return self.life.replied(.renewed(inbox: [], []), sent: sent, now: self.now)
    }

    @Test mutating func aProcessEntersAndRenewsEachSecond() {
        #expect(self.life.tick(name: NodeID(1), now: self.now) == .wait)
        self.enter()
        #expect(self.life.key == "all")
        #expect(self.life.obstacle(now: self.now) != nil)
        let lease = NodeLease(node: NodeID(2), address: "http://10.0.0.2:1", left: .seconds(9), isDraining: false)
        #expect(
            self.life.tick(name: NodeID(9), now: self.now)
                == .renew(RenewCall(node: NodeID(1), life: .seconds(10), isDraining: false), sent: self.now))
        #expect(
            self.life.replied(
                .renewed(inbox: ["x", NodeNote.taken(Self.room).call(to: NodeID(1)).note], [lease]), sent: self.now, now: self.now)
                == .renewed([.taken(Self.room)], allInDoubt: false))
        #expect(self.life.nodes[NodeID(2)] == lease)
        #expect(self.life.obstacle(now: self.now) == nil)
        #expect(self.life.next == self.now + .seconds(1))
        #expect(self.life.tick(name: NodeID(9), now: self.now + .milliseconds(999)) == .wait)
        self.pass(1000)
        #expect(self.renew() == .renewed([], allInDoubt: false))
    }

    @Test(arguments: [(2999, false), (3000, true)]) mutating func afterSilenceAnyRoomMayHaveBeenTaken(gap: Int64, isDoubt: Bool) {
        self.enter()
        self.pass(gap - 100)
        // What counts is when the engine may have run it.
        #expect(self.renew(after: 100) == .renewed([], allInDoubt: isDoubt))
    }

    @Test mutating func afterALostReplyAnyRoomMayHaveBeenTaken() {
        self.enter()
        #expect(self.renew() == .renewed([], allInDoubt: false))
        self.pass(1000)
        #expect(self.life.tick(name: NodeID(9), now: self.now) != .wait)
        self.life.disconnected()
        #expect(self.life.tick(name: NodeID(9), now: self.now + .seconds(1)) == .wait)
        self.life.connected(now: self.now)
        #expect(self.life.obstacle(now: self.now) != nil)
        #expect(self.renew() == .renewed([], allInDoubt: true))
        #expect(self.life.obstacle(now: self.now) == nil)
    }

    @Test mutating func aLeaseEndsByTheNodesOwnClock() {
        self.enter()
        let sent = self.now
        #expect(self.life.tick(name: NodeID(9), now: sent) != .wait)
        self.pass(9000)
        // The reply is late: the lease has a second left, not ten.
        #expect(self.life.replied(.renewed(inbox: [], []), sent: sent, now: self.now) == .renewed([], allInDoubt: true))
        #expect(self.life.isLiving(now: self.now))
        self.pass(1000)
        #expect(!self.life.isLiving(now: self.now))
        #expect(self.life.obstacle(now: self.now) != nil)
    }

    @Test mutating func aLapsedNameIsNotUsedAgain() {
        self.enter()
        self.pass(30_000)
        let sent = self.now
        #expect(self.life.tick(name: NodeID(9), now: sent) != .wait)
        #expect(self.life.replied(.lapsed, sent: sent, now: self.now) == .lapsed)
        #expect(self.life.nodes.wasOwn(NodeID(1)))
        #expect(self.life.name == nil)
        guard case .enter(let call, _) = self.life.tick(name: NodeID(2), now: self.now) else {
            Issue.record("it does not enter")
            return
        }
        #expect(call.node == NodeID(2))
        // Its key may be all that an engine has to begin with that lost everything.
        #expect(call.key == "all")
        #expect(self.life.entered(key: "all", sent: self.now, now: self.now) == .revalidate(as: NodeID(2)))
        #expect(self.renew() == .renewed([], allInDoubt: false))
        // The others' turn to write their rooms again.
        #expect(self.life.obstacle(now: self.now + .milliseconds(2999)) != nil)
        #expect(self.life.obstacle(now: self.now + .milliseconds(3000)) == nil)
    }

    @Test mutating func aRepliesTimeIsThatOfItsCall() {
        self.enter()
        let sent = self.now
        #expect(self.life.tick(name: NodeID(9), now: sent) != .wait)
        self.life.failed(sent: sent, now: self.now)
        self.pass(250)
        #expect(self.life.tick(name: NodeID(9), now: self.now) != .wait)
        #expect(self.life.replied(.renewed(inbox: [], []), sent: sent, now: self.now) == .wait)
        #expect(self.life.replied(.renewed(inbox: [], []), sent: self.now, now: self.now) == .renewed([], allInDoubt: true))
    }

    @Test mutating func aDrainingNodeSaysSoAtOnceAndTakesNothing() {
        self.enter()
        #expect(self.renew() == .renewed([], allInDoubt: false))
        self.life.drain(now: self.now)
        #expect(self.life.obstacle(now: self.now) != nil)
        #expect(
            self.life.tick(name: NodeID(9), now: self.now)
                == .renew(RenewCall(node: NodeID(1), life: .seconds(10), isDraining: true), sent: self.now))
        #expect(self.life.leave() == .leave(LeaveCall(node: NodeID(1))))
        #expect(self.life.tick(name: NodeID(9), now: self.now + .seconds(1)) == .wait)
    }
}
