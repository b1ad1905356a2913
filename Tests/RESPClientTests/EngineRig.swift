import ByteStreams
import NIOCore
import RESPClient
import RESPCore
import SignalingTestKit
import Synchronization
import Testing
import TimeKeeping

/// A loop whose time stands still, and what dials on it.
final class EngineRig {
    let clock = ManualClock()
    let loop: ManualLoop
    let context: LoopContext
    let dialer = ScriptedDialer()
    let heard = Heard()

    init(isStrict: Bool = false) {
        self.loop = ManualLoop(self.clock, isStrict: isStrict)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
    }

    static let scripts = [RESPScript(name: "mint", text: "return 1"), RESPScript(name: "redeem", text: "return 2")]

    func engine(
        _ address: String = "valkey://u:p@one/2", random: UInt64 = .max, _ change: (inout EngineSettings) -> Void = { _ in }
    ) throws -> Engine {
        var settings = EngineSettings(address: try EngineAddress(address), clientName: "nt", scripts: Self.scripts)
        change(&settings)
        let engine = Engine(settings, context: self.context, dialer: self.dialer, random: { random })
        engine.whenStateChanges { [heard] in heard.note("\($0.shown)") }
        return engine
    }

    /// An engine that is ready, and its far end.
    func readyEngine(_ change: (inout EngineSettings) -> Void = { _ in }) throws -> (Engine, FakeEngine) {
        let engine = try self.engine("valkey://u:p@one/2", change)
        self.turn { engine.start() }
        let far = try self.accept()
        far.openSession()
        #expect(engine.state.isReady)
        _ = self.heard.take()
        return (engine, far)
    }

    /// Does something on the loop, and what a loop does behind it.
    func turn(_ body: () -> Void) {
        self.loop.turn {
            body()
            self.context.flushTouched()
        }
        _ = self.loop.runReady()
    }

    /// The oldest attempt to connect leads to something.
    func accept() throws -> FakeEngine {
        let dial = try self.dialer.takeFirst()
        let far = FakeEngine(self)
        self.turn { far.stream.begin(dial.driver) }
        return far
    }

    func refuse(_ error: any Error = Refused()) throws {
        let dial = try self.dialer.takeFirst()
        self.turn { dial.driver.ended(error) }
    }

    struct Refused: Error, CustomStringConvertible { var description: String { "connection refused" } }
}

final class ScriptedDialer: EngineDialer {
    typealias Dial = (endpoint: EngineEndpoint, limit: TimeSpan, driver: any StreamDriver)

    private(set) var dials: [Dial] = []

    func takeFirst() throws -> Dial {
        try #require(!self.dials.isEmpty)
        return self.dials.removeFirst()
    }

    func dial(_ endpoint: EngineEndpoint, within limit: TimeSpan, driver: any StreamDriver) { self.dials.append((endpoint, limit, driver)) }
}

/// What calls came to and how the state changed, in order.
final class Heard: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) { self.lines.withLock { $0.append(line) } }

    func take() -> [String] {
        self.lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}

extension EngineState {
    var shown: String {
        switch self {
        case .down(let reason): "down: \(reason)"
        case .connecting: "connecting"
        case .ready: "ready"
        }
    }
}

extension Engine {
    /// Calls, and notes what it comes to under this name.
    func call(_ name: String, _ heard: Heard, script: Int = 0, keys: [RESPArgument] = ["k"], arguments: [RESPArgument] = []) {
        self.call(ScriptID(script), keys: keys, arguments: arguments) { result in
            switch result {
            case .success(let value): heard.note("\(name) \(value.text ?? "\(value)")")
            case .failure(let error): heard.note("\(name) failed: \(error)")
            }
        }
    }
}

/// The far end of a connection, which responds as a test says.
final class FakeEngine {
    private let rig: EngineRig
    let stream: MemoryStream
    private var parser = RESPParser()

    init(_ rig: EngineRig) {
        self.rig = rig
        // Only what is flushed goes out: what is flushed too rarely would be found out.
        self.stream = MemoryStream(context: rig.context, manner: .socket)
    }

    var isOpen: Bool { self.stream.isOpen }

    /// The commands that have come since the last time.
    func commands() -> [[String]] {
        var commands: [[String]] = []
        // What is taken makes space for more.
        while true {
            let bytes = self.rig.loop.turn { self.stream.takeSent() }
            self.parser.feed(bytes)
            while let value = try? self.parser.next() {
                guard case .array(let parts) = value else { continue }
                commands.append(parts.map { $0.text ?? "?" })
            }
            if bytes.readableBytes == 0, self.stream.sent.readableBytes == 0 { return commands }
        }
    }

    func reply(_ values: RESPValue...) { self.send(values.flatMap(\.encoded)) }

    func send(_ bytes: [UInt8]) { self.rig.turn { self.stream.receive(ByteBuffer(bytes: bytes)) } }

    func end(_ end: MemoryStream.End = .fin) { self.rig.turn { self.stream.end(end) } }

    static func hello(role: String = "master") -> RESPValue {
        .map([
            RESPEntry(.bulk("server"), .bulk("valkey")), RESPEntry(.bulk("version"), .bulk("8.1.3")),
            RESPEntry(.bulk("mode"), .bulk("standalone")), RESPEntry(.bulk("role"), .bulk(role)),
        ])
    }

    static func digest(_ script: Int) -> String { String(repeating: "\(script)a", count: 20) }

    /// Responds to all that is asked when a connection opens.
    func openSession(role: String = "master") {
        #expect(self.commands().first?.first == "HELLO")
        self.reply(Self.hello(role: role))
        var scripts = 0
        for command in self.commands() {
            switch command[0] {
            case "CONFIG":
                self.reply(.map([RESPEntry(.bulk("maxmemory-policy"), .bulk("noeviction")), RESPEntry(.bulk("appendonly"), .bulk("yes"))]))
            case "SCRIPT":
                self.reply(.bulk(Self.digest(scripts)))
                scripts += 1
            default: self.reply(.simple("OK"))
            }
        }
    }
}
