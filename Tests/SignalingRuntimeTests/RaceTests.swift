import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Synchronization
import Testing
import TimeKeeping
import WebSocketCore

/// Real threads: several event loops on one hub.
private final class Crowd: Sendable {
    let group: MultiThreadedEventLoopGroup
    let loops: [any EventLoop]
    let hub: Hub

    init(loops count: Int) {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        self.loops = Array(self.group.makeIterator())
        self.hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: 100_000, roomTTL: .minutes(10), mailbox: .init(messages: 10, bytes: 1_000)),
                codes: .init(digits: 4, digitsMax: 4, ttl: .minutes(10)),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0), maxStoredBytes: 1 << 30),
            maxConnections: .init(webSockets: 1 << 20, sockets: 1 << 20), loops: count, clock: .system)
    }

    var totals: Totals { Totals(self.hub) }

    /// Runs on every loop at the same time, each with a context of its own that it keeps.
    func onEach<Value: Sendable>(_ body: @escaping @Sendable (Int, LoopContext) -> Value) async throws -> [Value] {
        let hub = self.hub
        let futures = self.loops.enumerated().map { index, loop in
            loop.submit {
                let context = LoopContext(eventLoop: loop, clock: hub.clock, metrics: hub.metricsShard(loop: index))
                defer { context.flushTouched() }
                return body(index, context)
            }
        }
        var values: [Value] = []
        for future in futures { values.append(try await future.get()) }
        return values
    }

    /// Every loop has done what was put to it so far: signals of other loops included.
    func settle() async throws {
        for _ in 0..<3 {
            for loop in self.loops { try await loop.submit {}.get() }
        }
    }

    func join(_ room: RoomID, _ side: Side, sid: String? = nil, _ context: LoopContext) -> Member? {
        let owner = RecordingOwner(id: self.hub.nextConnectionID().rawValue, context: context)
        guard let outbox = owner.outbox,
            case .joined(let membership, let outcome) = self.hub.rooms.join(room, side: side, sid: sid, outbox: outbox, context)
        else { return nil }
        return Member(owner: owner, membership: membership, outcome: outcome)
    }

    struct Member {
        let owner: RecordingOwner
        let membership: Membership
        let outcome: JoinOutcome

        func leave(_ context: LoopContext) {
            self.membership.leave(context)
            self.owner.close()
        }
    }
}

/// Lets several threads meet before each round; one that does not come in time is not waited for.
private final class Meeting: Sendable {
    private let arrivals = Atomic<Int>(0)
    private let parties: Int

    init(of parties: Int) { self.parties = parties }

    func arrive(round: Int) {
        self.arrivals.add(1, ordering: .acquiringAndReleasing)
        var patience = 2_000
        while patience > 0, self.arrivals.load(ordering: .acquiring) < (round + 1) * self.parties { patience -= 1 }
    }
}

@Suite(.serialized) struct RaceTests {
    @Test func bothSidesJoinAtTheSameInstantAndEachHearsOfItOnce() async throws {
        let rooms = 10_000
        let crowd = Crowd(loops: 2)
        let meeting = Meeting(of: 2)
        let members = try await crowd.onEach { index, context in
            let members = (0..<rooms).map { number -> Crowd.Member? in
                meeting.arrive(round: number)
                defer { context.flushTouched() }
                return crowd.join(.number(UInt64(number)), index == 0 ? .a : .b, context)
            }
            return NIOLoopBound(members, eventLoop: context.eventLoop)
        }
        try await crowd.settle()
        #expect(crowd.totals == Totals(rooms: rooms, activeRooms: rooms, peers: 2 * rooms))
        for (loop, members) in zip(crowd.loops, members) {
            let wrong = try await loop.submit {
                members.value.count { $0?.outcome != .seated || $0?.owner.takeFrames() != [.roomFull] }
            }.get()
            #expect(wrong == 0)
        }
        _ = try await crowd.onEach { index, context in
            for member in members[index].value { member?.leave(context) }
        }
        try await crowd.settle()
        #expect(crowd.totals == Totals())
        try await crowd.group.shutdownGracefully()
    }

    @Test func oneOfAThousandThatWantASideHasItAndOneMayWait() async throws {
        let crowd = Crowd(loops: 4)
        let members = try await crowd.onEach { _, context in
            NIOLoopBound((0..<250).map { _ in crowd.join(.number(1), .a, context) }, eventLoop: context.eventLoop)
        }
        try await crowd.settle()
        var outcomes: [JoinOutcome: Int] = [:]
        var probes = 0
        for (loop, members) in zip(crowd.loops, members) {
            let (joined, probed) = try await loop.submit {
                (members.value.compactMap { $0?.outcome }, members.value.count { $0?.owner.takeOrders() == [.probed] })
            }.get()
            for outcome in joined { outcomes[outcome, default: 0] += 1 }
            probes += probed
        }
        #expect(outcomes == [.seated: 1, .waiting: 1, .busy: 998])
        #expect(probes == 1)
        #expect(crowd.totals == Totals(rooms: 1, activeRooms: 1, peers: 1))
        _ = try await crowd.onEach { index, context in
            for member in members[index].value { member?.leave(context) }
        }
        #expect(crowd.totals == Totals())
        try await crowd.group.shutdownGracefully()
    }

    @Test func aThousandResumptionsLeaveOneConnection() async throws {
        let crowd = Crowd(loops: 4)
        let members = try await crowd.onEach { _, context in
            NIOLoopBound((0..<250).map { _ in crowd.join(.number(1), .b, sid: "s", context) }, eventLoop: context.eventLoop)
        }
        try await crowd.settle()
        var replaced = 0
        for (loop, members) in zip(crowd.loops, members) {
            replaced += try await loop.submit { members.value.count { $0?.owner.takeOrders() == [.closing(.replaced)] } }.get()
        }
        #expect(replaced == 999)
        #expect(crowd.totals.peers == 1)
        _ = try await crowd.onEach { index, context in
            for member in members[index].value { member?.leave(context) }
        }
        #expect(crowd.totals == Totals())
        try await crowd.group.shutdownGracefully()
    }

    /// Coming, sending and going on a few rooms from all loops at once: whatever order it happens in, nothing is left over.
    @Test func churnLeavesNothingBehind() async throws {
        let crowd = Crowd(loops: 4)
        _ = try await crowd.onEach { index, context in
            var random = SplitMix64(seed: UInt64(index))
            var members: [Crowd.Member] = []
            for _ in 0..<3_000 {
                if members.count < 5, Bool.random(using: &random) {
                    let sid = Bool.random(using: &random) ? "s" : nil
                    let side: Side = Bool.random(using: &random) ? .a : .b
                    if let member = crowd.join(.number(random.next() % 4), side, sid: sid, context) { members.append(member) }
                } else if let place = members.indices.randomElement(using: &random) {
                    if Bool.random(using: &random) {
                        context.gather(.ice, .text, ByteBuffer(string: #"{"type":"ice"}"#))
                        _ = members[place].membership.relay(now: context.clock.now(), context)
                    } else {
                        members.remove(at: place).leave(context)
                    }
                }
                context.flushTouched()
            }
            for member in members { member.leave(context) }
        }
        try await crowd.settle()
        #expect(crowd.totals == Totals())
        try await crowd.group.shutdownGracefully()
    }

    @Test func eachCodeIsRedeemedByExactlyOneOf32Racers() async throws {
        let crowd = Crowd(loops: 8)
        let minted = try await crowd.onEach { index, context in
            index > 0
                ? []
                : (0..<100).compactMap { _ -> (code: Code, room: RoomID)? in
                    guard case .minted(let code, let room, _) = crowd.hub.codes.mint(ttl: nil, context) else { return nil }
                    return (code, room)
                }
        }.flatMap { $0 }
        #expect(minted.count == 100 && Set(minted.map(\.code.text)).count == 100)
        // Four racers to each of eight threads: each goes through all the codes in an order of its own.
        let wins = try await crowd.onEach { index, context in
            var wins: [(String, RoomID)] = []
            let orders = (0..<4).map { racer -> [Code] in
                var random = SplitMix64(seed: UInt64(index / 2 * 4 + racer))
                return minted.map(\.code).shuffled(using: &random)
            }
            for step in 0..<100 {
                for racer in orders.indices {
                    let code = orders[racer][step]
                    if case .redeemed(let room, _) = crowd.hub.codes.redeem(code, context).0 { wins.append((code.text, room)) }
                }
            }
            return wins
        }.flatMap { $0 }
        #expect(wins.count == 100)
        let rooms = Dictionary(uniqueKeysWithValues: minted.map { ($0.code.text, $0.room) })
        #expect(Dictionary(wins, uniquingKeysWith: { first, _ in first }) == rooms)
        #expect(crowd.hub.counts.codesRedeemed[.ok] == 100 && crowd.hub.counts.codesRedeemed[.gone] == 3_100)
        #expect(crowd.hub.codes.gauges(now: crowd.hub.clock.now()).live == 0)
        try await crowd.group.shutdownGracefully()
    }
}
