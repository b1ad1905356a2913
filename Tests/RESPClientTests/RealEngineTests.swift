import ByteStreams
import ChannelTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOSSL
import NameResolution
import RESPClient
import RESPCore
import ServerApp
import SignalingTestKit
import Testing
import TimeKeeping

/// The client against Valkey and Redis, over real sockets.
@Suite(.enabled(if: !EngineAtSocket.all.isEmpty, "scripts/with-engines starts Valkey and Redis"))
struct RealEngineTests {
    @Test(arguments: EngineAtSocket.all, TransportKind.allCases)
    func repliesReachTheirCallers(kind: EngineAtSocket, carrier: TransportKind) async throws {
        let own = try await OwnEngine.start(kind)
        try await ClientRig.with("valkey://localhost:\(own.port)", carrier, replyLimit: .seconds(30)) { rig in
            try await rig.becomesReady()
            let results = try await rig.call((0..<1_000).map { "\($0)" })
            #expect(results == (0..<1_000).map { "echo \($0)" })
        }
    }

    @Test(arguments: EngineAtSocket.all)
    func aUnixSocketWillDo(kind: EngineAtSocket) async throws {
        let own = try await OwnEngine.start(kind)
        try await ClientRig.with("unix://\(own.path)?db=3", .channels) { rig in
            try await rig.becomesReady()
            #expect(try await rig.call(["a", "b"]) == ["echo a", "echo b"])
        }
    }

    @Test(arguments: EngineAtSocket.all)
    func withTLSTheCertificateHasToBeTheHosts(kind: EngineAtSocket) async throws {
        try await TestCertificate.with { certificate in
            let own = try await OwnEngine.start(kind, tls: certificate)
            try await ClientRig.with("valkeys://localhost:\(own.port)", .channels, trusting: certificate) { rig in
                try await rig.becomesReady()
                #expect(try await rig.call(["a"]) == ["echo a"])
            }
            try await ClientRig.with("valkeys://localhost:\(own.port)", .channels) { rig in
                try await rig.isDown { $0.contains("cannot connect") }
            }
        }
    }

    @Test(arguments: EngineAtSocket.all, TransportKind.allCases)
    func itComesBackAfterItsConnectionWasKilled(kind: EngineAtSocket, carrier: TransportKind) async throws {
        let own = try await OwnEngine.start(kind)
        try await ClientRig.with("valkey://127.0.0.1:\(own.port)", carrier) { rig in
            for round in 1...3 {
                try await rig.becomesReady()
                #expect(try await rig.call(["\(round)"]) == ["echo \(round)"])
                try own.admin.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                try await rig.changes(to: 3 * round)  // Down, connecting, ready.
            }
        }
    }

    @Test(arguments: EngineAtSocket.all)
    func scriptsThatAreForgottenAreGivenAgain(kind: EngineAtSocket) async throws {
        let own = try await OwnEngine.start(kind)
        try await ClientRig.with("valkey://127.0.0.1:\(own.port)", .channels) { rig in
            try await rig.becomesReady()
            try own.admin.command("SCRIPT", "FLUSH")
            #expect(try await rig.call(["a"]) == ["NOSCRIPT"])
            try await rig.changes(to: 3)
            try await rig.becomesReady()
            #expect(try await rig.call(["a"]) == ["echo a"])
        }
    }

    /// What was asked of an engine that stands still is lost, and its late reply reaches nobody.
    @Test(arguments: EngineAtSocket.all, TransportKind.allCases)
    func anEngineThatStandsStillIsGivenUp(kind: EngineAtSocket, carrier: TransportKind) async throws {
        let own = try await OwnEngine.start(kind)
        try await ClientRig.with("valkey://127.0.0.1:\(own.port)", carrier, replyLimit: .milliseconds(300)) { rig in
            try await rig.becomesReady()
            try own.admin.command("CLIENT", "PAUSE", "1500", "ALL")
            #expect(try await rig.call(["a", "b"]) == ["lost", "lost"])
            try own.admin.command("CLIENT", "UNPAUSE")
            try await rig.becomesReady()
            #expect(try await rig.call(["c"]) == ["echo c"])
        }
    }

    @Test(arguments: EngineAtSocket.all)
    func oneThatEvictsOrIsNoPrimaryIsRefused(kind: EngineAtSocket) async throws {
        let own = try await OwnEngine.start(kind)
        try own.admin.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        try await ClientRig.with("valkey://127.0.0.1:\(own.port)", .channels) { rig in
            try await rig.isDown { $0.contains("noeviction") }
            try own.admin.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
            try await rig.becomesReady()
            // A primary that becomes a replica takes no writes, and says so to the first.
            try own.admin.command("REPLICAOF", "127.0.0.1", "1")
            #expect(try await rig.call(["a"], script: ClientRig.write).allSatisfy { ["READONLY", "MASTERDOWN", "lost"].contains($0) })
            try await rig.isDown { $0.contains("primary") || $0.contains("READONLY") || $0.contains("not ready") }
            try own.admin.command("REPLICAOF", "NO", "ONE")
            try await rig.becomesReady()
            #expect(try await rig.call(["a"]) == ["echo a"])
        }
    }

    @Test(arguments: EngineAtSocket.all)
    func aPasswordHasToBeRight(kind: EngineAtSocket) async throws {
        let own = try await OwnEngine.start(kind)
        try own.admin.command("CONFIG", "SET", "requirepass", "s:e@cret")
        for address in ["valkey://127.0.0.1:\(own.port)", "valkey://:wrong@127.0.0.1:\(own.port)"] {
            try await ClientRig.with(address, .channels) { rig in
                try await rig.isDown { $0.contains("password") && !$0.contains("wrong@") }
            }
        }
        try await ClientRig.with("valkey://:s%3Ae%40cret@127.0.0.1:\(own.port)", .channels) { rig in try await rig.becomesReady() }
    }

    @Test func aHostThatIsNotThereIsTold() async throws {
        try await ClientRig.with("valkey://127.0.0.1:1", .channels) { rig in
            try await rig.isDown { $0.hasPrefix("127.0.0.1:1: cannot connect") }
        }
    }
}

/// An `Engine` on a loop of its own.
final class ClientRig: Sendable {
    static let echo = ScriptID(0)
    static let write = ScriptID(1)
    private static let scripts = [
        RESPScript(name: "echo", text: "return 'echo ' .. ARGV[1]"),
        RESPScript(name: "write", text: "return redis.call('SET', KEYS[1], ARGV[1])"),
    ]

    private let engine: Engine
    private let states: NIOLockedValueBox<[EngineState]>

    private init(_ engine: Engine, _ states: NIOLockedValueBox<[EngineState]>) {
        self.engine = engine
        self.states = states
    }

    static func with(
        _ address: String, _ carrier: TransportKind, trusting certificate: TestCertificate? = nil, replyLimit: TimeSpan = .seconds(2),
        _ test: (ClientRig) async throws -> Void
    ) async throws {
        var settings = EngineSettings(address: try EngineAddress(address), clientName: "nt", scripts: Self.scripts)
        settings.replyLimit = replyLimit
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificate { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificate.certificate)) }
        let context = try NIOSSLContext(configuration: tls)
        let states = NIOLockedValueBox<[EngineState]>([])
        let transport = try await carrier.make(TransportSettings(loops: 1, accepting: AcceptPolicy(limit: 1) { Issue.record($0) }))
        let made = NIOLockedValueBox<Engine?>(nil)
        try await transport.onFirst { [settings] loop in
            let dialer = SystemDialer(context: loop, resolver: HostResolver()) { ChannelTLS(context, serverName: $0) }
            let engine = Engine(settings, context: loop, dialer: dialer)
            engine.whenStateChanges { state in states.withLockedValue { $0.append(state) } }
            engine.start()
            made.withLockedValue { $0 = engine }
        }
        let engine = try #require(made.withLockedValue { $0 })
        do {
            try await test(ClientRig(engine, states))
        } catch {
            Issue.record(error)
        }
        try await transport.onFirst { _ in engine.stop() }
        await transport.stop()
    }

    func becomesReady() async throws {
        try await eventually("the engine is ready: \(self.states.withLockedValue { $0 })") { self.engine.state.isReady }
    }

    func isDown(_ reason: @escaping (String) -> Bool) async throws {
        try await eventually("it is down for that reason") {
            self.states.withLockedValue { states in
                states.contains { if case .down(let text) = $0 { reason(text) } else { false } }
            }
        }
    }

    /// The state has changed so many times since it was ready first.
    func changes(to count: Int) async throws {
        try await eventually("\(count) changes") {
            self.states.withLockedValue { states in
                states.firstIndex { $0.isReady }.map { states.count - 1 - $0 >= count } ?? false
            }
        }
    }

    /// What each call comes to, from a thread that is not the loop's.
    func call(_ texts: [String], script: ScriptID = ClientRig.echo) async throws -> [String] {
        let results = NIOLockedValueBox([String?](repeating: nil, count: texts.count))
        for (index, text) in texts.enumerated() {
            self.engine.call(script, keys: ["key"], arguments: [.text(text)]) { result in
                let shown =
                    switch result {
                    case .success(let value): value.text ?? "\(value)"
                    case .failure(.replied(let error)): String(error.code)
                    case .failure(let error): error == .lost ? "lost" : error == .down ? "down" : "busy"
                    }
                results.withLockedValue { $0[index] = shown }
            }
        }
        try await eventually("all calls have a result", within: .seconds(60)) { results.withLockedValue { !$0.contains(nil) } }
        return results.withLockedValue { $0.compactMap { $0 } }
    }
}
