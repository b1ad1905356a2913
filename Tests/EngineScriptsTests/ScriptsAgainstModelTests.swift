import EngineScripts
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingSimulation
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// Valkey and Redis do what the model does that the simulation has in their place: the same calls have the same replies.
///
/// A reply blocks the thread, which tests share that wait for something: it is given up between two calls.
@Suite(.enabled(if: !EngineAtSocket.all.isEmpty, "scripts/with-engines starts Valkey and Redis"), .serialized)
struct ScriptsAgainstModelTests {
    private static let steps = 600

    @Test(arguments: EngineAtSocket.all, 1...9 as ClosedRange<UInt64>)
    func codes(place: EngineAtSocket, seed: UInt64) async throws {
        var rig = try ComparisonRig(place, seed: seed)
        var (minted, cleared) = (0, 0)
        for _ in 0..<Self.steps {
            await Task.yield()
            switch rig.maker.number(0...19) {
            case 0..<9:
                let call = rig.maker.mint()
                let reply = try rig.compare(call) { $0.run(call, now: $1) }
                rig.maker.note(call, reply)
                if case .minted = reply.outcome { minted += 1 }
                cleared += reply.cleared
            case 9..<16:
                let call = rig.maker.redeem()
                rig.maker.note(call, try rig.compare(call) { $0.run(call, now: $1) })
            case 16: if let call = rig.maker.free() { _ = try rig.compare(call) { $0.run(call, now: $1) } }
            case 17: if let call = rig.maker.giveBack() { _ = try rig.compare(call) { $0.run(call, now: $1) } }
            case 18:
                let call = rig.maker.clearEnded()
                cleared += try rig.compare(call) { $0.run(call, now: $1) }
            default: rig.letTimePass()
            }
        }
        #expect(minted > 50 && cleared > 10)
    }

    @Test(arguments: EngineAtSocket.all, 1...9 as ClosedRange<UInt64>)
    func rooms(place: EngineAtSocket, seed: UInt64) async throws {
        var rig = try ComparisonRig(place, seed: seed)
        var stored = 0
        for _ in 0..<Self.steps {
            await Task.yield()
            let model = rig.model
            let now = rig.now
            let look = { (call: LookCall) in model.run(call, now: now) }
            switch rig.maker.number(0...24) {
            case 0..<5:
                let call = rig.maker.claim()
                rig.maker.note(call, try rig.compare(call) { $0.run(call, now: $1) })
            case 5..<12:
                let call = rig.maker.store(look)
                if case .stored = try rig.compare(call, { $0.run(call, now: $1) }) { stored += 1 }
            case 12..<16:
                let call = rig.maker.acknowledge(look)
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 16, 17:
                let call = rig.maker.stand(look, now: now)
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 18:
                let call = rig.maker.keep(look)
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 19, 20:
                let call = rig.maker.release(look, now: now)
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 21:
                let call = rig.maker.adopt(look, now: now)
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 22:
                let call = rig.maker.look()
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            default: rig.letTimePass()
            }
        }
        #expect(stored > 15)
    }

    /// Whoever writes a room again that the engine has lost: the last home has it in the end.
    @Test(arguments: EngineAtSocket.all)
    func theLastHomeWins(place: EngineAtSocket) async throws {
        let engine = try RealEngine(place, prefix: "nt")
        let room = RoomID(high: 0, low: 1)
        let homes = [5, 7, 7].enumerated().map { RoomHome(node: NodeID(UInt64($0.offset + 1)), epoch: HomeEpoch($0.element)) }
        let (early, last, another) = (homes[0], homes[1], homes[2])
        let times = RoomTimes(kept: .minutes(10))
        func adopt(_ home: RoomHome, _ item: String) throws -> HomeReply {
            let name = StoredRoomName(id: room, mailbox: MailboxID(1), owner: .v4(1))
            var stored = StoredRoom(name: name, standing: RoomStanding())
            stored.b.items = [ByteBuffer(string: item)]
            return try engine.run(AdoptCall(home: home, times: times, stored: stored), now: 1_000_000)
        }
        func keep(_ home: RoomHome) throws -> HomeReply { try engine.run(KeepCall(room: room, home: home, times: times), now: 1_000_000) }
        let lost = HomeReply.lost(LostHome(now: last))
        #expect(try adopt(early, "early") == .done)
        #expect(try keep(early) == .done)
        #expect(try keep(last) == .lost(LostHome(now: early)))
        #expect(try adopt(last, "last") == .done)
        #expect(try keep(early) == lost)
        #expect(try adopt(early, "early") == lost)
        #expect(try adopt(another, "another") == lost)
        #expect(try adopt(last, "last, again") == .done)
        let claim = ClaimCall(room: room, node: last.node, lapsed: nil, times: times, mailbox: MailboxID(2), owner: .v4(1))
        guard case .claimed(_, let stored) = try engine.run(claim, now: 1_000_000) else {
            Issue.record("the last home cannot claim its room")
            return
        }
        #expect(stored.b.items == [ByteBuffer(string: "last, again")])
        #expect(try adopt(last, "late") == .lost(LostHome(now: RoomHome(node: last.node, epoch: HomeEpoch(1_000_000)))))
    }

    @Test(arguments: EngineAtSocket.all, 1...5 as ClosedRange<UInt64>)
    func nodes(place: EngineAtSocket, seed: UInt64) async throws {
        var rig = try ComparisonRig(place, seed: seed)
        var renewed = 0
        for _ in 0..<Self.steps {
            await Task.yield()
            switch rig.maker.number(0...11) {
            case 0:
                let call = rig.maker.enter()
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 1..<5:
                let call = rig.maker.renew()
                if case .renewed = try rig.compare(call, { $0.run(call, now: $1) }) { renewed += 1 }
            case 5, 6:
                let call = rig.maker.lease()
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 7, 8:
                let call = rig.maker.notify()
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 9 where rig.maker.chance(4):
                let call = rig.maker.leave()
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            case 10:
                let call = rig.maker.probe()
                _ = try rig.compare(call) { $0.run(call, now: $1) }
            default: rig.letTimePass(most: 4000)
            }
        }
        #expect(renewed > 20)
    }

    /// A code that nobody was told of can be had by nobody else for its life: so a space that is used up is the model's end too.
    @Test(arguments: EngineAtSocket.all)
    func eachOfTenThousandCodesIsMintedOnce(place: EngineAtSocket) async throws {
        let engine = try RealEngine(place, prefix: "nt")
        var random = SplitMix64(seed: 1)
        let bounds = CodeBounds(digits: 4...4, mostLive: 10_000)
        var codes: Set<Code> = []
        for number in 0..<10_000 {
            await Task.yield()
            let call = MintCall(
                bounds: bounds, life: .minutes(10), room: .random(using: &random), client: .v4(UInt32(number)), cap: 0,
                random: (0..<MintCall.draws).map { _ in random.next() >> 11 })
            guard case .minted(let code, _, _) = try engine.run(call, now: 1_000_000).outcome else { break }
            codes.insert(code)
        }
        #expect(codes.count == 10_000)
        let late = MintCall(
            bounds: bounds, life: .minutes(10), room: .random(using: &random), client: .v4(.max), cap: 0, random: [0])
        #expect(try engine.run(late, now: 1_001_000) == .init(.exhausted(retryAfter: .seconds(599)), cleared: 0))
        // Each that has ended is told of once, whoever clears it away.
        let clear = ClearEndedCall(bounds: bounds, most: 6000)
        let counts = try [clear, clear, clear].map { try engine.run($0, now: 1_600_000) }
        #expect(counts == [6000, 4000, 0])
    }
}

/// An engine and the model, and what is asked of both.
struct ComparisonRig {
    var maker: CallMaker
    private(set) var model = EngineModel()
    private let engine: RealEngine
    /// By both clocks, in milliseconds since 1970 UTC.
    private(set) var now: Int64 = 1_790_000_000_000

    init(_ place: EngineAtSocket, seed: UInt64) throws {
        self.maker = CallMaker(seed: seed)
        self.engine = try RealEngine(place, prefix: "nt")
    }

    mutating func compare<Call: EngineCall>(_ call: Call, _ run: (inout EngineModel, Int64) -> Call.Reply) throws -> Call.Reply {
        let expected = run(&self.model, self.now)
        let reply = try self.engine.run(call, now: self.now)
        try #require(reply == expected, "\(call)")
        return reply
    }

    /// Mostly a moment, and now and then for as long as something lasts.
    mutating func letTimePass(most: Int = 900_000) {
        let longest = [5, 500, 31_000, 61_000, most].map { min($0, most) }[self.maker.number(0...4)]
        self.now += Int64(self.maker.number(1...longest))
    }
}
