import ByteStreams
import HTTPServer
import Logging
import MetricsCore
import NIOCore
import NetworkAddresses
import SignalingTestKit
import TimeKeeping

/// A server on one event loop, with routes of its own. Connections of one test share it.
final class HTTPRig {
    let clock = ManualClock(unixSeconds: 1_769_860_800)
    let context: LoopContext
    let metrics = HTTPMetrics()
    let routes: HTTPRoutes
    /// What the routes do, and what they have seen.
    let observed = Observed()
    private let loop: ManualLoop
    private let services: HTTPServices

    init(files: [StaticFile] = [], logger: Logger? = nil) {
        let observed = self.observed
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
        self.routes = HTTPRoutes(Self.rows(observed) + files.map { HTTPRoute($0, label: "files") }, help: "see the tests")
        self.services = HTTPServices(
            settings: HTTPSettings(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), cors: CORSPolicy(dev: true, allowed: []),
                proxies: TrustedProxies(blocks: []), logsFullAddresses: false),
            routes: self.routes, metrics: self.metrics, logger: logger ?? Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            isEnding: { observed.isEnding })
    }

    private static func rows(_ observed: Observed) -> [HTTPRoute] {
        [
            HTTPRoute("/page", .page) { _, _ throws(Problem) in .respond(.json(.text(#"{"page":true}"#))) },
            // Its body is in a buffer of the loop's.
            HTTPRoute("/echo", .post) { request, context throws(Problem) in
                var buffer = context.takeBuffer()
                buffer.writeImmutableBuffer(request.body)
                observed.lentStorage = buffer.storage
                return .respond(.json(.bytes(buffer)))
            },
            HTTPRoute("/gone", .post) { _, _ throws(Problem) in throw Problem(.gone, "it is gone") },
            HTTPRoute("/later", .post) { request, _ throws(Problem) in
                let later = Later(isAtOnce: observed.respondsAtOnce)
                observed.later.append(later)
                return .later(later)
            },
            HTTPRoute("/socket/later", .upgrade) { request, _ throws(Problem) in
                let later = Later(isAtOnce: false)
                later.accept = try WebSocketHandshake.accept(request.head)
                observed.later.append(later)
                return .later(later)
            },
            HTTPRoute("/socket", .upgrade) { request, _ throws(Problem) in
                let accept = try WebSocketHandshake.accept(request.head)
                observed.whileUpgrading()
                return .upgrade(Self.upgrade(accept, observed))
            },
        ]
    }

    static func upgrade(_ accept: WebSocketHandshake.Accept, _ observed: Observed) -> HTTPUpgrade {
        HTTPUpgrade(accept, key: 1, makeDriver: { _ in observed.upgrade() }, abandoned: { observed.abandoned += 1 })
    }

    static func upgrade(passingOn head: String, _ observed: Observed) -> HTTPUpgrade {
        HTTPUpgrade(
            passingOn: ByteBuffer(string: head), makeDriver: { _ in observed.upgrade() }, abandoned: { observed.abandoned += 1 })
    }

    /// A connection whose send buffer takes so many bytes before its client has to read.
    func connect(from peer: ClientAddress = .v4(0xC000_0201), sendCapacity: Int = .max) -> Connection {
        let stream = MemoryStream(context: self.context, peer: peer, sendCapacity: sendCapacity)
        let driver = HTTPConnection(services: self.services, context: self.context)
        stream.begin(driver)
        return Connection(driver: driver, stream: stream)
    }

    /// Lets the loop do what it was handed.
    func runLoop() { _ = self.loop.runReady() }

    func advance(by time: TimeSpan) { self.loop.advance(by: time) }

    /// Requests that were counted, with whatever status.
    var requestsCounted: Int { self.metrics.counts.requests.reduce(0) { $0 + $1.counts.values.reduce(0, +) } }
}

/// `@unchecked Sendable`: the loop and all on it are used by one thread, the test's.
final class Observed: @unchecked Sendable {
    var isEnding = false
    /// Requests whose responses come later, in their order.
    var later: [Later] = []
    var respondsAtOnce = false
    /// Called while a request for an upgrade is handled.
    var whileUpgrading: () -> Void = {}
    var upgraded: UpgradedDriver?
    /// Upgrades whose connection was gone.
    var abandoned = 0
    /// Where the bytes of the last body lay that was in a buffer of the loop's.
    var lentStorage: Int?

    func upgrade() -> UpgradedDriver {
        let driver = UpgradedDriver()
        self.upgraded = driver
        return driver
    }
}

/// A response that a test gives when it wants to.
final class Later: DeferredResponse {
    private let isAtOnce: Bool
    private(set) var response: LateResponse?
    private(set) var isCancelled = false
    private(set) var isHurried = false
    var accept: WebSocketHandshake.Accept?

    static var outcome: HTTPOutcome { .respond(.json(.text(#"{"late":true}"#))) }

    init(isAtOnce: Bool) { self.isAtOnce = isAtOnce }

    func begin(_ response: LateResponse) {
        self.response = response
        if self.isAtOnce { response.respond(Self.outcome) }
    }

    func cancelled() { self.isCancelled = true }
    func hurry() { self.isHurried = true }
}

/// Stands in for the WebSocket connection and keeps what reaches it.
final class UpgradedDriver: StreamDriver {
    private(set) var bytes = ByteBuffer()

    /// As the one it stands in for does: the response to the upgrade waits for it.
    func opened(on stream: any ByteStream) { stream.flush() }
    func received(_ bytes: ByteBuffer) { self.bytes.writeImmutableBuffer(bytes) }
    func readCompleted() {}
    func becameWritable() {}
    let outlivesInput = false
    func ended(_ error: (any Error)?) {}
}

/// A connection and its client.
struct Connection {
    let driver: HTTPConnection
    let stream: MemoryStream

    func send(_ text: some StringProtocol) { self.stream.receive(ByteBuffer(string: String(text))) }

    func send(_ bytes: some Sequence<UInt8>) { self.stream.receive(ByteBuffer(bytes: bytes)) }

    /// Several reads, with `readCompleted` behind the last of them. All but the last are as long as the first.
    func send(reads texts: [String]) {
        self.stream.arrive(ByteBuffer(string: texts.joined()))
        self.stream.read(most: texts[0].utf8.count, reads: texts.count)
    }

    /// Everything the server sent since this was asked last.
    func output() -> String { String(buffer: self.stream.takeSent()) }

    /// The client reads until no more than so many bytes wait in the server.
    func read(untilLeft left: Int) { _ = self.stream.takeSent(most: self.stream.unsentBytes - left) }

    /// Whether the server has ended its direction, and still reads.
    var isLingering: Bool { self.stream.isOpen && self.stream.sentEnd == .fin }
}

extension ByteBuffer {
    /// Tells one buffer's memory from another's.
    var storage: Int { self.withVeryUnsafeBytes { Int(bitPattern: $0.baseAddress) } }
}

extension String {
    /// What stands behind `HTTP/1.1 ` in responses whose bodies have no line ends.
    var statuses: [String] {
        self.split(separator: "\r\n").compactMap { line in
            line.firstRange(of: "HTTP/1.1 ").map { String(line[$0.upperBound...]) }
        }
    }
}
