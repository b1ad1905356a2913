import MetricsCore
import NIOCore
import RESPClient
import RESPCore
import SignalingTestKit
import Testing
import TimeKeeping

/// Calls on a connection that is ready.
@Suite struct EngineTests {
    @Test func aCallRunsAScriptByItsDigest() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { engine.call("a", rig.heard, script: 1, keys: ["k1", "k2"], arguments: [7, .bytes(ByteBuffer(string: "x\r\n"))]) }
        #expect(far.commands() == [["EVALSHA", FakeEngine.digest(1), "2", "k1", "k2", "7", "x\r\n"]])
        far.reply(.bulk("done"))
        #expect(rig.heard.take() == ["a done"])
    }

    @Test func whatIsCalledInOneRoundIsSentAtOnce() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        let before = far.stream.flushes.count
        rig.turn { for number in 0..<10 { engine.call("\(number)", rig.heard) } }
        #expect(far.stream.flushes.count == before + 1)
        #expect(far.commands().count == 10)
        far.send((0..<10).flatMap { RESPValue.bulk("r\($0)").encoded })
        #expect(rig.heard.take() == (0..<10).map { "\($0) r\($0)" })
    }

    @Test func aReplyMayLeadToACall() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn {
            engine.call(ScriptID(0), keys: [], arguments: []) { [heard = rig.heard] _ in engine.call("second", heard) }
            engine.call("first", rig.heard)
        }
        far.reply(.integer(0), .bulk("b"))
        #expect(rig.heard.take() == ["first b"])
        #expect(far.commands().count == 3)
        far.reply(.bulk("c"))
        #expect(rig.heard.take() == ["second c"])
    }

    @Test func repliesMayComeInAnyParts() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { for number in 0..<3 { engine.call("\(number)", rig.heard) } }
        for byte in [RESPValue.bulk("a"), .push([.bulk("x")]), .bulk("b"), .bulk("c")].flatMap(\.encoded) { far.send([byte]) }
        #expect(rig.heard.take() == ["0 a", "1 b", "2 c"])
    }

    @Test func anErrorIsTheCallers() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { engine.call("a", rig.heard) }
        far.reply(.error(RESPError("ERR user_script:1: x")))
        #expect(rig.heard.take() == ["a failed: ERR user_script:1: x"])
        #expect(far.isOpen && engine.state.isReady)
    }

    /// The engine is not one to go on with: who waits for what has come in hears that, then the connection ends.
    @Test(arguments: ["READONLY You can't write", "LOADING", "MASTERDOWN x", "NOSCRIPT No matching script.", "CLUSTERDOWN"])
    func someErrorsEndTheConnection(text: String) throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { for name in ["a", "b", "c"] { engine.call(name, rig.heard) } }
        far.reply(.error(RESPError(text)), .bulk("x"))
        #expect(
            rig.heard.take() == ["a failed: \(text)", "b x", "down: one:6379: the engine says: \(text)", "c failed: \(EngineError.lost)"])
        #expect(!far.isOpen)
        rig.loop.advance(by: .milliseconds(150))
        #expect(rig.dialer.dials.count == 1)
    }

    @Test func whoeverCallsMeanwhileIsToldThatItIsDown() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { engine.call(ScriptID(0), keys: [], arguments: []) { [heard = rig.heard] _ in engine.call("b", heard) } }
        _ = far.commands()
        far.reply(.error(RESPError("READONLY")))
        #expect(rig.heard.take().first == "b failed: \(EngineError.down)")
        #expect(far.stream.takeSent().readableBytes == 0)
    }

    @Test func aReplyThatDoesNotComeEndsTheConnection() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { engine.call("a", rig.heard) }
        rig.loop.advance(by: .milliseconds(1000))
        rig.turn { engine.call("b", rig.heard) }
        rig.loop.advance(by: .milliseconds(900))
        #expect(rig.heard.take() == [])
        rig.loop.advance(by: .milliseconds(200))
        #expect(
            rig.heard.take() == [
                "down: one:6379: the engine does not respond", "a failed: \(EngineError.lost)", "b failed: \(EngineError.lost)",
            ])
        #expect(!far.isOpen)
    }

    @Test func eachReplyHasItsOwnTime() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine { $0.replyLimit = .milliseconds(500) }
        for round in 0..<20 {
            rig.turn { engine.call("a", rig.heard) }
            rig.loop.advance(by: .milliseconds(round % 2 == 0 ? 350 : 10))
            far.reply(.bulk("x"))
            #expect(rig.heard.take() == ["a x"])
        }
        rig.turn { engine.call("b", rig.heard) }
        rig.loop.advance(by: .milliseconds(650))
        #expect(rig.heard.take().contains("b failed: \(EngineError.lost)"))
    }

    @Test func anEngineThatSpeaksSomethingElseIsLeft() throws {
        for bytes in ["HTTP/1.1 200 OK\r\n", "+unasked\r\n"] {
            let rig = EngineRig()
            let (engine, far) = try rig.readyEngine()
            far.send(Array(bytes.utf8))
            #expect(!far.isOpen && !engine.state.isReady)
        }
    }

    @Test(arguments: [MemoryStream.End.fin, .reset]) func whoWaitsWhenTheConnectionEndsIsLost(end: MemoryStream.End) throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { engine.call("a", rig.heard) }
        far.end(end)
        let heard = rig.heard.take()
        #expect(heard.count == 2 && heard.last == "a failed: \(EngineError.lost)")
        #expect(heard.first?.hasPrefix("down: one:6379: ") == true)
        rig.turn { engine.call("b", rig.heard) }
        #expect(rig.heard.take() == ["b failed: \(EngineError.down)"])
    }

    @Test func tooManyCallsAreRefused() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { for number in 0...4096 { engine.call("\(number)", rig.heard) } }
        #expect(rig.heard.take() == ["4096 failed: \(EngineError.busy)"])
        far.reply(.integer(1))
        rig.turn { engine.call("x", rig.heard) }
        #expect(far.commands().count == 4097)
        #expect(far.isOpen)
    }

    /// An engine that reads nothing does not make the queue grow for ever.
    @Test func tooManyBytesAreRefused() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        far.stream.sendCapacity = 0
        let mebibyte = ByteBuffer(repeating: 0x61, count: 1 << 20)
        for number in 0..<10 { rig.turn { engine.call("\(number)", rig.heard, arguments: [.bytes(mebibyte)]) } }
        #expect(rig.heard.take() == (7..<10).map { "\($0) failed: \(EngineError.busy)" })
        #expect(far.stream.unsentBytes < CommandPipeline<Int>.mostUnsent)
        far.stream.sendCapacity = .max
        #expect(far.commands().count == 7)
    }

    @Test func figures() throws {
        let rig = EngineRig()
        let (engine, far) = try rig.readyEngine()
        rig.turn { for number in 0..<3 { engine.call("\(number)", rig.heard, script: number % 2) } }
        rig.loop.advance(by: .milliseconds(10))
        far.reply(.integer(1), .error(RESPError("ERR")))
        far.end()
        rig.turn { engine.call("x", rig.heard) }
        let figures = engine.figures
        #expect(figures.results.values == [1, 1, 0, 1, 1])
        #expect(figures.seconds.map { $0.counts.reduce(0, +) } == [1, 1])
        #expect(abs(figures.seconds[0].sum - 0.01) < 0.001)
        #expect(!figures.isUp && figures.reconnects == 0)
        rig.loop.advance(by: .milliseconds(150))
        try rig.accept().openSession()
        #expect(engine.figures.isUp && engine.figures.reconnects == 1)
    }
}
