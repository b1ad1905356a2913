import ByteStreams
import NIOCore
import RESPClient
import RESPCore
import SignalingTestKit
import Synchronization
import TimeKeeping

/// A client of an engine that says what the input has it say: from its first word on, or once a connection is ready.
final class EngineBench: EngineDialer {
    private static let scripts = [RESPScript(name: "a", text: "return 1")]

    private let clock = ManualClock()
    private let loop: ManualLoop
    private let context: LoopContext
    private var dialed: (any StreamDriver)?

    private init() {
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
    }

    func dial(_ endpoint: EngineEndpoint, within limit: TimeSpan, driver: any StreamDriver) { self.dialed = driver }

    static func run(_ cursor: inout InputCursor) throws { try EngineBench().run(&cursor) }

    /// The outcome of each call, in the order in which they came.
    private final class Outcomes: Sendable {
        let all = Mutex<[(call: Int, isReply: Bool)]>([])
    }

    private func run(_ cursor: inout InputCursor) throws {
        // A loop with an alarm and its timers hold each other.
        defer { self.context.stop() }
        let isSentinel = cursor.number(below: 4) == 0
        let address = try EngineAddress(isSentinel ? "valkey+sentinel://a,b/c" : "valkey://a")
        let engine = Engine(
            EngineSettings(address: address, clientName: "fuzz", scripts: Self.scripts), context: self.context, dialer: self, random: { 0 })
        engine.start()
        var stream = self.connect()
        if cursor.number(below: 2) == 0, let stream { self.openSession(stream) }
        let outcomes = Outcomes()
        var calls = 0
        while !cursor.isAtEnd {
            switch cursor.number(below: 4) {
            case 0:
                let call = calls
                calls += 1
                engine.call(ScriptID(0), keys: [.integer(call)], arguments: []) { result in
                    let isReply =
                        switch result {
                        case .success, .failure(.replied): true
                        case .failure: false
                        }
                    outcomes.all.withLock { $0.append((call, isReply)) }
                }
                self.context.flushTouched()
            case 1: self.loop.advance(by: .milliseconds(Int64(cursor.byte()) * 10))
            default: stream?.receive(ByteBuffer(bytes: cursor.block()))
            }
            if self.dialed != nil { stream = self.connect() }
        }
        engine.stop()
        try self.check(outcomes.all.withLock { $0 }, calls: calls)
        try expect(stream?.isOpen != true, "a client that is stopped keeps its connection")
        try expect(self.context.timers.count == 0, "a client that is stopped leaves \(self.context.timers.count) deadlines behind")
    }

    private func check(_ outcomes: [(call: Int, isReply: Bool)], calls: Int) throws {
        try expect(outcomes.map(\.call).sorted() == Array(0..<calls), "of \(calls) calls these have an outcome: \(outcomes.map(\.call))")
        let replies = outcomes.filter(\.isReply).map(\.call)
        try expect(replies == replies.sorted(), "replies came to calls in this order: \(replies)")
    }

    private func connect() -> MemoryStream? {
        guard let driver = self.dialed else { return nil }
        self.dialed = nil
        let stream = MemoryStream(context: self.context)
        stream.begin(driver)
        return stream
    }

    private func openSession(_ stream: MemoryStream) {
        let hello = RESPValue.map([
            RESPEntry(.bulk("version"), .bulk("7.0.0")), RESPEntry(.bulk("role"), .bulk("master")),
            RESPEntry(.bulk("mode"), .bulk("standalone")),
        ])
        for reply in [hello, .simple("OK"), .map([]), .bulk(String(repeating: "0", count: 40))] {
            stream.receive(ByteBuffer(bytes: reply.encoded))
        }
    }
}
