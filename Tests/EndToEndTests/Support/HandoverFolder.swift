import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import ServerApp
import ServerConfiguration
import SignalingTestKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder for one test, with HANDOVER's path in it and the servers that follow each other there.
final class HandoverFolder: Sendable {
    struct Running: Sendable {
        let server: SignalingServer
        let log: LogRecorder
        let task: Task<Void, any Error>

        var port: Int { self.server.address.port ?? 0 }
    }

    let folder: String
    var path: String { self.folder + "/handover" }
    private let servers = NIOLockedValueBox<[Running]>([])

    /// Runs a test, and ends the servers that it leaves behind.
    static func use(_ test: (HandoverFolder) async throws -> Void) async throws {
        try await Turnstile.servers.pass {
            let folder = HandoverFolder(folder: try ChildProcess.temporaryFolder())
            let result: Result<Void, any Error>
            do { result = .success(try await test(folder)) } catch { result = .failure(error) }
            for server in folder.servers.withLockedValue({ $0 }) {
                server.task.cancel()
                try await server.task.value
            }
            rmdir(folder.folder)
            try result.get()
        }
    }

    private init(folder: String) { self.folder = folder }

    /// Returns when the server is ready: what was there before has handed over.
    func start(
        port: Int = 0, inherited: ListeningSocket? = nil, manager: ServiceManager? = nil, log: LogRecorder = LogRecorder(),
        _ adjust: (inout ServerSettings) -> Void = { _ in }, whenStateIsFree: @escaping @Sendable () async -> Void = {}
    ) async throws -> Running {
        var settings = ServerSettings()
        settings.host = "127.0.0.1"
        settings.port = port
        settings.stunPort = 0
        settings.eventLoops = .count(2)
        settings.shutdownGrace = .seconds(20)
        settings.readHeaderTimeout = .seconds(60)
        settings.handover = self.path
        adjust(&settings)
        let server = try await SignalingServer(
            settings: settings, inherited: inherited, manager: manager, logger: log.logger, whenStateIsFree: whenStateIsFree)
        let running = Running(server: server, log: log, task: Task { try await server.run() })
        self.servers.withLockedValue { $0.append(running) }
        return running
    }
}

extension HandoverFolder.Running {
    func connect() async throws -> SocketClient { try await SocketClient.connect(to: self.server.address) }

    /// One request on a connection of its own.
    func request(_ ask: HTTPAsk) async throws -> HTTPReply {
        let client = try await self.connect()
        defer { client.close() }
        return try await client.request(ask)
    }

    /// Waits until the server has ended by itself, all its connections too.
    func waitForEnd() async throws { try await self.task.value }
}
