import ByteStreams
import MetricsCore
import NIOCore
import NIOPosix
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Synchronization
import Testing
import TimeKeeping
import WebSocketCore

/// Real threads: several event loops for one server.
private final class Crowd: Sendable {
    let group: MultiThreadedEventLoopGroup
    let loops: [any EventLoop]
    private let streamLoops: [ThreadLoop]
    let signaling: Signaling

    init(loops count: Int) {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        self.loops = Array(self.group.makeIterator())
        self.streamLoops = self.loops.map(ThreadLoop.init)
        self.signaling = SignalingParts(clock: .system) { $0.mailbox = .init(messages: 10, bytes: 1_000) }.signaling
    }

    var totals: Totals { Totals(self.signaling.rooms) }

    /// Runs on every loop at the same time, each with a context of its own that it keeps.
    func onEach<Value: Sendable>(_ body: @escaping @Sendable (Int, SignalingLoop) -> Value) async throws -> [Value] {
        let signaling = self.signaling
        let futures = zip(self.loops, self.streamLoops).enumerated().map { index, loops in
            loops.0.submit {
                let context = LoopContext(loop: loops.1, clock: signaling.clock)
                defer { context.flushTouched() }
                return body(index, signaling.loop(context))
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

    func join(_ room: RoomID, _ side: Side, sid: String? = nil, _ loop: SignalingLoop) -> Member? {
        let rooms = self.signaling.rooms
        let owner = RecordingOwner(id: rooms.nextConnectionID().rawValue, context: loop.context)
        guard case .joined(let membership, let outcome) = rooms.join(room, side: side, sid: sid, client: .v4(1), outbox: owner.outbox, loop)
        else { return nil }
        return Member(owner: owner, membership: membership, outcome: outcome)
    }

    struct Member {
        let owner: RecordingOwner
        let membership: Membership
        let outcome: JoinOutcome

        func leave(_ loop: SignalingLoop) {
            self.membership.leave(.closed, loop)
            self.owner.close()
        }
    }
}

/// A NIO event loop without alarms.
private final class ThreadLoop: StreamLoop {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    var isCurrent: Bool { self.loop.inEventLoop }
    func execute(_ task: @escaping @Sendable () -> Void) { self.loop.execute(task) }
    func setAlarm(after delay: TimeSpan, _ alarm: any LoopAlarm) {}
    func cancelAlarm() {}
    func connect(
        to address: SocketAddress, within limit: TimeSpan, tls: (any ClientTLS)?, driver: any StreamDriver
    ) -> any ConnectAttempt {
        fatalError("nothing is connected in these tests")
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
        let members = try await crowd.onEach { index, loop in
            let members = (0..<rooms).map { number -> Crowd.Member? in
                meeting.arrive(round: number)
                defer { loop.context.flushTouched() }
                return crowd.join(.number(UInt64(number)), index == 0 ? .a : .b, loop)
            }
            return NIOLoopBound(members, eventLoop: crowd.loops[index])
        }
        try await crowd.settle()
        #expect(crowd.totals == Totals(rooms: rooms, activeRooms: rooms, peers: 2 * rooms, pairings: rooms))
        for (loop, members) in zip(crowd.loops, members) {
            let wrong = try await loop.submit {
                members.value.count { $0?.outcome != .seated || $0?.owner.takeFrames() != [.roomFull] }
            }.get()
            #expect(wrong == 0)
        }
        _ = try await crowd.onEach { index, loop in
            for member in members[index].value { member?.leave(loop) }
        }
        try await crowd.settle()
        #expect(crowd.totals == Totals())
        try await crowd.group.shutdownGracefully()
    }

    @Test func oneOfAThousandThatWantASideHasItAndOneMayWait() async throws {
        let crowd = Crowd(loops: 4)
        let members = try await crowd.onEach { index, loop in
            NIOLoopBound((0..<250).map { _ in crowd.join(.number(1), .a, loop) }, eventLoop: crowd.loops[index])
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
        _ = try await crowd.onEach { index, loop in
            for member in members[index].value { member?.leave(loop) }
        }
        #expect(crowd.totals == Totals())
        try await crowd.group.shutdownGracefully()
    }

    @Test func aThousandResumptionsLeaveOneConnection() async throws {
        let crowd = Crowd(loops: 4)
        let members = try await crowd.onEach { index, loop in
            NIOLoopBound((0..<250).map { _ in crowd.join(.number(1), .b, sid: "s", loop) }, eventLoop: crowd.loops[index])
        }
        try await crowd.settle()
        var replaced = 0
        for (loop, members) in zip(crowd.loops, members) {
            replaced += try await loop.submit { members.value.count { $0?.owner.takeOrders() == [.closing(.replaced)] } }.get()
        }
        #expect(replaced == 999)
        #expect(crowd.totals.peers == 1)
        _ = try await crowd.onEach { index, loop in
            for member in members[index].value { member?.leave(loop) }
        }
        #expect(crowd.totals == Totals())
        try await crowd.group.shutdownGracefully()
    }

    /// Coming, sending and going on a few rooms from all loops at once: whatever order it happens in, nothing is left over.
    @Test func churnLeavesNothingBehind() async throws {
        let crowd = Crowd(loops: 4)
        _ = try await crowd.onEach { index, loop in
            var random = SplitMix64(seed: UInt64(index))
            var members: [Crowd.Member] = []
            for _ in 0..<3_000 {
                if members.count < 5, Bool.random(using: &random) {
                    let sid = Bool.random(using: &random) ? "s" : nil
                    let side: Side = Bool.random(using: &random) ? .a : .b
                    if let member = crowd.join(.number(random.next() % 4), side, sid: sid, loop) { members.append(member) }
                } else if let place = members.indices.randomElement(using: &random) {
                    if Bool.random(using: &random) {
                        var batch = loop.takeBatch()
                        batch.append(.ice, .text, ByteBuffer(string: #"{"type":"ice"}"#), loop)
                        _ = members[place].membership.relay(&batch, now: loop.clock.now(), loop)
                        loop.giveBack(&batch)
                    } else {
                        members.remove(at: place).leave(loop)
                    }
                }
                loop.context.flushTouched()
            }
            for member in members { member.leave(loop) }
        }
        try await crowd.settle()
        #expect(crowd.totals == Totals())
        try await crowd.group.shutdownGracefully()
    }

    @Test func eachCodeIsRedeemedByExactlyOneOf32Racers() async throws {
        let crowd = Crowd(loops: 8)
        let minted = try await crowd.onEach { index, loop in
            index > 0
                ? []
                : (0..<100).compactMap { _ -> (code: Code, room: RoomID)? in
                    guard case .code(let code, let room, _) = crowd.signaling.rendezvous.mint(.longest, client: .v4(1), loop) else {
                        return nil
                    }
                    return (code, room)
                }
        }.flatMap { $0 }
        #expect(minted.count == 100 && Set(minted.map(\.code.text)).count == 100)
        // Four racers to each of eight threads: each goes through all the codes in an order of its own.
        let wins = try await crowd.onEach { index, loop in
            var wins: [(String, RoomID)] = []
            let orders = (0..<4).map { racer -> [Code] in
                var random = SplitMix64(seed: UInt64(index / 2 * 4 + racer))
                return minted.map(\.code).shuffled(using: &random)
            }
            for step in 0..<100 {
                for racer in orders.indices {
                    let code = orders[racer][step]
                    guard case .room(let room, _) = crowd.signaling.rendezvous.redeem(.code(code), client: .v4(1), loop) else { continue }
                    wins.append((code.text, room))
                }
            }
            return wins
        }.flatMap { $0 }
        #expect(wins.count == 100)
        let rooms = Dictionary(uniqueKeysWithValues: minted.map { ($0.code.text, $0.room) })
        #expect(Dictionary(wins, uniquingKeysWith: { first, _ in first }) == rooms)
        #expect(crowd.signaling.metrics.counts.codesRedeemed[.ok] == 100 && crowd.signaling.metrics.counts.codesRedeemed[.gone] == 3_100)
        #expect(crowd.signaling.codes.gauges(now: crowd.signaling.clock.now())?.live == 0)
        try await crowd.group.shutdownGracefully()
    }
}
