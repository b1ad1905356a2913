import ByteStreams
import ChannelTransport
import Crypto
import EngineScripts
import Logging
import NIOConcurrencyHelpers
import NIOSSL
import NameResolution
import NetworkAddresses
import NodeRuntime
import NodeServer
import PassThrough
import RESPClient
import RESPCore
import ServerConfiguration
import SetupCore
import SignalingCore
import SignalingRuntime
import TimeKeeping

/// This server as one of several that share an engine, which it reaches on a loop of its own.
struct NodeParts: Sendable {
    let node: Node
    /// What tokens are made with where the settings give no key: all nodes have the same.
    let tokenKey: [UInt8]
    private let transport: any Transport
    private let running: Running
    private let tls: OutgoingTLS
    private let settings: ServerSettings
    private let logger: Logger

    /// What lives on the engine's loop.
    ///
    /// `@unchecked Sendable`: it is used there only; the engine and the node may be asked from anywhere.
    private final class Running: @unchecked Sendable {
        let engine: Engine
        let runner: NodeRunner

        init(_ engine: Engine, _ runner: NodeRunner) {
            self.engine = engine
            self.runner = runner
        }
    }

    /// How long the engine has to be there at the start. Later it may be away for as long as it likes.
    private static let startLimit = Duration.seconds(5)

    /// Nil for a server that has its state for itself.
    ///
    /// - Parameter tokenKey: The one that the settings give. The nodes' key is made from it, so that it is the same whatever an engine has lost.
    static func open(_ settings: ServerSettings, tokenKey: [UInt8]?, clock: ServerClock, logger: Logger) async throws -> NodeParts? {
        guard case .engine(let address) = settings.store else { return nil }
        let tls = try OutgoingTLS(settings)
        let transport = try await Self.transport(to: address, clock)
        let node = Node.Settings(
            address: settings.nodeAddress?.text ?? "",
            key: Self.text(tokenKey.map { Self.derived(Self.text($0), for: "nodes") } ?? TokenKey.drawn()),
            keys: EngineKeys(prefix: address.prefix), times: RoomTimes(kept: TimeSpan(settings.roomTTL)),
            bounds: CodeBounds(
                digits: settings.codeDigits...settings.codeDigitsMax,
                mostLive: CodeService.Settings(settings).mostLive))
        let made = NIOLockedValueBox<Running?>(nil)
        let (keys, entered) = AsyncStream<String>.makeStream()
        try await transport.onFirst { context in
            let engine = Self.engine(at: address, tls, context)
            let runner = NodeRunner(node, engine: engine, context: context, logger: logger)
            made.withLockedValue { $0 = Running(engine, runner) }
            runner.begin { entered.yield($0) }
            engine.start()
        }
        // It was made before `onFirst` returned.
        guard let running = made.withLockedValue({ $0 }) else { throw LoopHasEnded() }
        guard let key = await Self.first(of: keys, within: Self.startLimit) else {
            let reason = if case .down(let reason) = running.engine.state { reason } else { "it does not respond in time" }
            await Self.stop(running, transport)
            throw Self.unreachable(settings, reason)
        }
        return NodeParts(
            node: running.runner.node, tokenKey: Self.derived(key, for: "tokens"), transport: transport, running: running, tls: tls,
            settings: settings, logger: logger)
    }

    /// What signaling needs to have its rooms and codes there.
    var shared: SharedState {
        let node = self.node
        let settings = EngineCodes.Settings(life: TimeSpan(self.settings.roomTTL), cap: self.settings.clientCodesMax)
        return SharedState(journal: node) { EngineCodes(settings, node: node, limits: $0) }
    }

    /// From now on the node has rooms.
    func begin(_ signaling: Signaling, clock: ServerClock) async throws -> NodeRooms {
        let running = self.running
        try await self.transport.onFirst { context in running.runner.attach(signaling.rooms, signaling.loop(context)) }
        let tls = self.tls
        return NodeRooms(
            node: self.node, directory: NodeDirectory { try tls.client(of: $0) }, admission: signaling.admission,
            settings: PassThroughSettings(heartbeat: TimeSpan(self.settings.heartbeat)), clock: clock, logger: self.logger)
    }

    func figures(_ rooms: NodeRooms) -> NodeFigures {
        let engine = self.running.engine.figures
        return NodeFigures(
            isEngineUp: engine.isUp, engineSeconds: zip(EngineScript.allCases, engine.seconds).map { ($0.rawValue, $1) },
            rooms: self.node.roomCount, passedOn: rooms.openPassedOn, leasesLost: self.node.leasesLost)
    }

    /// The last that the node does: what it has to say to the engine is said.
    func end(within limit: TimeSpan) async {
        await self.node.leave(within: limit)
        await Self.stop(self.running, self.transport)
    }

    private static func stop(_ running: Running, _ transport: any Transport) async {
        try? await transport.onFirst { _ in running.engine.stop() }
        await transport.stop()
    }

    private static func transport(to address: EngineAddress, _ clock: ServerClock) async throws -> any Transport {
        try await TransportKind.preferred(withTLS: address.usesTLS).make(
            TransportSettings(loops: 1, clock: clock, accepting: AcceptPolicy(limit: 1) { _ in }))
    }

    /// On the loop of `context`.
    private static func engine(at address: EngineAddress, _ tls: OutgoingTLS, _ context: LoopContext) -> Engine {
        let dialer = SystemDialer(context: context, resolver: HostResolver()) { try tls.client(of: $0) }
        return Engine(
            EngineSettings(address: address, clientName: "nt-backend-wrtc", scripts: EngineScript.list), context: context, dialer: dialer)
    }

    private static func unreachable(_ settings: ServerSettings, _ reason: String) -> StartupError {
        StartupError([Finding(.fault, .engineUnreachable, "STORE", "STORE=\(settings.store.text): \(reason)")])
    }

    /// Connects to the engine as a node does, and leaves at once. Nil for a server that has its state for itself.
    static func look(_ settings: ServerSettings, within limit: Duration) async throws -> SessionFacts? {
        guard case .engine(let address) = settings.store else { return nil }
        let tls = try OutgoingTLS(settings)
        let transport = try await Self.transport(to: address, .system)
        let (states, changed) = AsyncStream<EngineState>.makeStream()
        let made = NIOLockedValueBox<Engine?>(nil)
        try await transport.onFirst { context in
            let engine = Self.engine(at: address, tls, context)
            made.withLockedValue { $0 = engine }
            engine.whenStateChanges { if $0 != .connecting { changed.yield($0) } }
            engine.start()
        }
        let state = await Self.first(of: states, within: limit)
        if let engine = made.withLockedValue({ $0 }) { try? await transport.onFirst { _ in engine.stop() } }
        await transport.stop()
        switch state {
        case .ready(let facts): return facts
        case .down(let reason): throw Self.unreachable(settings, reason)
        case .connecting, nil: throw Self.unreachable(settings, "it does not respond in time")
        }
    }

    private static func first<Element: Sendable>(of elements: AsyncStream<Element>, within limit: Duration) async -> Element? {
        await withTaskGroup(of: Element?.self) { group in
            group.addTask { await elements.first { _ in true } }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private static func derived(_ key: String, for purpose: String) -> [UInt8] { Array(SHA256.hash(data: Array("\(purpose) \(key)".utf8))) }

    private static func text(_ key: [UInt8]) -> String { key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
}
