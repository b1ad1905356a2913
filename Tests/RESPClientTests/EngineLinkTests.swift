import ByteStreams
import MetricsCore
import NIOCore
import RESPClient
import RESPCore
import SignalingTestKit
import Testing
import TimeKeeping

/// How an engine is found, and found again.
@Suite struct EngineLinkTests {
    @Test func theSessionIsOpenedBeforeAnybodyMayCall() throws {
        let rig = EngineRig()
        let engine = try rig.engine()
        rig.turn { engine.call("a", rig.heard) }
        rig.turn { engine.start() }
        #expect(rig.heard.take() == ["a failed: \(EngineError.down)", "connecting"])
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("one", port: 6379, usesTLS: false)])
        let far = try rig.accept()
        rig.turn { engine.call("b", rig.heard) }
        #expect(rig.heard.take() == ["b failed: \(EngineError.down)"])
        #expect(far.commands() == [["HELLO", "3", "AUTH", "u", "p"]])
        far.reply(FakeEngine.hello())
        #expect(
            far.commands() == [
                ["CLIENT", "SETNAME", "nt"], ["SELECT", "2"], ["CONFIG", "GET", "maxmemory-policy", "appendonly", "save"],
                ["SCRIPT", "LOAD", "return 1"], ["SCRIPT", "LOAD", "return 2"],
            ])
        far.reply(.simple("OK"), .simple("OK"), .map([]), .bulk(FakeEngine.digest(0)))
        #expect(rig.heard.take() == [])
        far.reply(.bulk(FakeEngine.digest(1)))
        #expect(rig.heard.take() == ["ready"])
        guard case .ready(let facts) = engine.state else {
            Issue.record("not ready")
            return
        }
        #expect(facts.server == "valkey" && facts.version == "8.1.3" && facts.warnings.count == 1)
    }

    @Test func anEngineThatRefusesIsAskedAgain() throws {
        let rig = EngineRig()
        let engine = try rig.engine()
        rig.turn { engine.start() }
        let far = try rig.accept()
        far.reply(.error(RESPError("WRONGPASS invalid username-password pair or user is disabled.")))
        #expect(!far.isOpen)
        #expect(
            rig.heard.take() == [
                "connecting", "down: one:6379: the engine refuses the user name or the password: correct them in its address",
            ])
        rig.loop.advance(by: .milliseconds(150))
        #expect(rig.heard.take() == ["connecting"])
        try rig.accept().openSession()
        #expect(rig.heard.take() == ["ready"])
    }

    @Test func triesComeMoreAndMoreSeldom() throws {
        let rig = EngineRig()
        let engine = try rig.engine()
        rig.turn { engine.start() }
        var waits: [Int64] = []
        for _ in 0..<8 {
            try rig.refuse()
            var waited: Int64 = 0
            while rig.dialer.dials.isEmpty, waited < 5000 {
                rig.loop.advance(by: .milliseconds(10))
                waited += 10
            }
            waits.append(waited)
        }
        for (wait, bound) in zip(waits, [50, 100, 200, 400, 800, 1600, 2000, 2000] as [Int64]) {
            // A tick of the loop's timers, and the steps of this test.
            #expect((bound...bound + 120).contains(wait), "\(waits)")
        }
        #expect(rig.heard.take()[1] == "down: one:6379: cannot connect: connection refused")
    }

    @Test func aConnectionThatIsOfNoUseIsNotMadeTwentyTimesASecond() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        far.end()
        var connections = 0
        for _ in 0..<1000 {
            rig.loop.advance(by: .milliseconds(10))
            guard !rig.dialer.dials.isEmpty else { continue }
            let far = try rig.accept()
            far.openSession()
            far.end()
            connections += 1
        }
        #expect((6...12).contains(connections))
        #expect(engine.figures.reconnects == connections)
    }

    @Test func aDialerThatSaysNothingIsGivenUp() throws {
        let rig = EngineRig()
        let engine = try rig.engine()
        rig.turn { engine.start() }
        let dial = try rig.dialer.takeFirst()
        rig.loop.advance(by: .milliseconds(2100))
        #expect(rig.heard.take() == ["connecting", "down: one:6379: cannot connect: it takes too long"])
        // It connects all the same, later.
        let far = FakeEngine(rig)
        rig.turn { far.stream.begin(dial.driver) }
        #expect(!far.isOpen)
    }

    @Test func anEngineThatSaysNothingIsGivenUp() throws {
        let rig = EngineRig()
        let engine = try rig.engine()
        rig.turn { engine.start() }
        let far = try rig.accept()
        rig.loop.advance(by: .milliseconds(2100))
        #expect(rig.heard.take() == ["connecting", "down: one:6379: the engine does not respond"])
        #expect(!far.isOpen)
    }

    @Test func stopping() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { engine.call("a", rig.heard) }
        rig.turn { engine.stop() }
        #expect(rig.heard.take() == ["down: stopped", "a failed: \(EngineError.lost)"])
        #expect(!far.isOpen)
        rig.turn { engine.call("b", rig.heard) }
        rig.turn { engine.start() }
        rig.loop.advance(by: .seconds(10))
        #expect(rig.heard.take() == ["b failed: \(EngineError.down)"])
        #expect(rig.dialer.dials.isEmpty)
        #expect(rig.context.timers.count == 0)
    }

    @Test func stoppingAtAnyMoment() throws {
        for address in ["valkey://one", "valkey+sentinel://s1/main"] {
            for steps in 0..<3 {
                let rig = EngineRig()
                let engine = try rig.engine(address)
                rig.turn { engine.start() }
                if steps == 1 { try rig.refuse() }
                let far = try steps == 2 ? rig.accept() : nil
                rig.turn { engine.stop() }
                #expect(far?.isOpen != true)
                #expect(rig.context.timers.count == 0, "\(address), \(steps)")
                rig.loop.advance(by: .seconds(10))
                #expect(rig.dialer.dials.count == (steps == 0 ? 1 : 0))
                if steps == 0 { #expect(try !rig.accept().isOpen) }
            }
        }
    }

    /// Whoever is told of a state may stop the engine at once.
    @Test(arguments: ["valkey://one", "valkey+sentinel://s1/main"], ["connecting", "ready", "down"])
    func stoppingWhenTold(address: String, state: String) throws {
        let rig = EngineRig()
        let engine = try rig.engine(address)
        engine.whenStateChanges { [weak engine] in if $0.shown.hasPrefix(state) { engine?.stop() } }
        rig.turn { engine.start() }
        if state == "ready" {
            if address.contains("sentinel") { try rig.accept().reply(Self.answer("a")) }
            try rig.accept().openSession()
        } else if state == "down" {
            try rig.refuse()
        }
        #expect(engine.state == .down("stopped"))
        #expect(rig.context.timers.count == 0)
        rig.loop.advance(by: .seconds(10))
        #expect(rig.dialer.dials.count == (state == "connecting" ? 1 : 0))
    }

    // MARK: - Sentinels

    private static let address = "valkey+sentinel://u:p@s1,s2:1234,s3/main/2"

    private static func answer(_ host: String, _ port: String = "6379") -> RESPValue { .array([.bulk(host), .bulk(port)]) }

    @Test func aSentinelSaysWhereThePrimaryIs() throws {
        let rig = EngineRig()
        let engine = try rig.engine(Self.address)
        rig.turn { engine.start() }
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("s1", port: 26_379, usesTLS: false)])
        #expect(rig.dialer.dials[0].limit == .seconds(1))
        let sentinel = try rig.accept()
        #expect(sentinel.commands() == [["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"]])
        sentinel.reply(Self.answer("10.0.0.7", "6380"))
        #expect(!sentinel.isOpen)
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("10.0.0.7", port: 6380, usesTLS: false)])
        try rig.accept().openSession()
        #expect(rig.heard.take() == ["connecting", "ready"])
    }

    @Test func theNextSentinelIsAskedWhereOneDoesNotKnow() throws {
        let rig = EngineRig()
        let engine = try rig.engine(Self.address)
        rig.turn { engine.start() }
        try rig.refuse()
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("s2", port: 1234, usesTLS: false)])
        try rig.accept().reply(.null)
        let third = try rig.accept()
        // It takes the connection and says nothing.
        rig.loop.advance(by: .milliseconds(1100))
        #expect(!third.isOpen)
        #expect(
            rig.heard.take() == [
                "connecting",
                "down: no Sentinel says where the primary main is: s1:26379: connection refused; s2:1234: it watches none of this name; "
                    + "s3:26379: it does not answer",
            ])
        rig.loop.advance(by: .milliseconds(150))
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("s1", port: 26_379, usesTLS: false)])
    }

    @Test func aSentinelThatNamesAReplicaIsNotAskedFirstAgain() throws {
        let rig = EngineRig()
        let engine = try rig.engine(Self.address)
        rig.turn { engine.start() }
        try rig.accept().reply(Self.answer("old"))
        let far = try rig.accept()
        far.reply(FakeEngine.hello(role: "replica"))
        #expect(!far.isOpen)
        #expect(rig.heard.take().last?.contains("replica") == true)
        rig.loop.advance(by: .milliseconds(150))
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("s2", port: 1234, usesTLS: false)])
        try rig.accept().reply(Self.answer("new"))
        let primary = try rig.accept()
        primary.openSession()
        #expect(engine.state.isReady)
        // The one that was right is asked again.
        primary.end()
        rig.loop.advance(by: .milliseconds(250))
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("s2", port: 1234, usesTLS: false)])
    }

    @Test func tlsGoesForSentinelsAndEngine() throws {
        let rig = EngineRig()
        let engine = try rig.engine("valkeys+sentinel://s1/main")
        rig.turn { engine.start() }
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("s1", port: 26_379, usesTLS: true)])
        try rig.accept().reply(Self.answer("a"))
        #expect(rig.dialer.dials.map(\.endpoint) == [.host("a", port: 6379, usesTLS: true)])
    }

    // MARK: - From other threads

    @Test func callsFromElsewhereWaitForTheLoop() throws {
        let rig = EngineRig(isStrict: true)
        let (engine, far) = try rig.readyEngine()
        let before = far.stream.flushes.count
        for number in 0..<3 { engine.call("\(number)", rig.heard) }
        #expect(far.commands().isEmpty)
        #expect(rig.loop.runReady())
        #expect(far.commands().count == 3)
        #expect(far.stream.flushes.count == before + 1)
        far.reply(.bulk("a"), .bulk("b"), .bulk("c"))
        #expect(rig.heard.take() == ["0 a", "1 b", "2 c"])
        engine.call("3", rig.heard)
        #expect(rig.loop.runReady())
        far.reply(.bulk("d"))
        #expect(rig.heard.take() == ["3 d"])
    }

    @Test func soManyMayWaitForTheLoop() throws {
        let rig = EngineRig(isStrict: true)
        let engine = try rig.engine()
        for _ in 0..<Engine.mostQueued { engine.call(ScriptID(0), keys: [], arguments: []) { _ in } }
        #expect(engine.figures.results[.busy] == 0)
        engine.call("x", rig.heard)
        #expect(rig.heard.take() == ["x failed: \(EngineError.busy)"])
        #expect(rig.loop.runReady())
        #expect(engine.figures.results[.down] == Engine.mostQueued)
        engine.call("y", rig.heard)
        #expect(rig.loop.runReady())
        #expect(rig.heard.take() == ["y failed: \(EngineError.down)"])
    }

    @Test func soManyBytesMayWaitForTheLoop() throws {
        let rig = EngineRig(isStrict: true)
        let (engine, far) = try rig.readyEngine()
        let mebibyte = ByteBuffer(repeating: 0x61, count: 1 << 20)
        for number in 0..<9 { engine.call("\(number)", rig.heard, arguments: [.bytes(mebibyte)]) }
        #expect(rig.heard.take() == ["7 failed: \(EngineError.busy)", "8 failed: \(EngineError.busy)"])
        #expect(rig.loop.runReady())
        #expect(far.commands().count == 7)
        engine.call("x", rig.heard, arguments: [.bytes(mebibyte)])
        #expect(rig.loop.runReady())
        #expect(far.commands().count == 1)
    }
}
