import ByteStreams
import Logging
import NIOCore
import ServerConfiguration
import ServerThreads
import SetupCore

/// The sockets that a server listens on, and where they came from.
struct Listeners: Sendable {
    enum Origin: String { case settings, serviceManager = "the service manager", predecessor = "the server before" }

    let clients: ListeningSocket
    /// With METRICS_ADDRESS.
    let operations: ListeningSocket?
    /// Of `clients`.
    let origin: Origin
    /// Where the next server is to find this one, with HANDOVER.
    let handover: HandoverSocket?

    /// Finds or opens them. With HANDOVER, a server that is found there accepts no more when this returns, and has let go of its state: what
    /// may be wrong with this one is to be looked for before.
    static func find(_ settings: ServerSettings, inherited: ListeningSocket?, _ logger: Logger) async throws -> Listeners {
        if let path = settings.handover {
            guard inherited == nil else {
                throw StartupError("HANDOVER=\(path): cannot be used with the service manager's socket (LISTEN_FDS): unset one of them")
            }
            return try await withCheckedThrowingContinuation { found in
                // It may wait for long, which no task should.
                startThread { found.resume(with: Result { try Self.follow(serverAt: path, settings, logger) }) }
            }
        }
        return Listeners(
            clients: try inherited ?? Self.clients(settings), operations: try Self.operations(settings),
            origin: inherited == nil ? .settings : .serviceManager, handover: nil)
    }

    private static func follow(serverAt path: String, _ settings: ServerSettings, _ logger: Logger) throws(StartupError) -> Listeners {
        let handover = try HandoverSocket(path)
        let predecessor = try Predecessor.find(at: path)
        let passed = predecessor?.listeners ?? [:]
        let clients = try Self.clients(settings, passed: passed[.clients])
        // Passed along too, rather than opened when the other server has closed it: so whoever asks for health in between waits, and is not
        // refused.
        let operations = try Self.operations(settings, passed: passed[.operations])
        if let predecessor {
            try predecessor.takeOver()
            logger.info("taking over from the server before", metadata: ["handover": "\(path)"])
            if !predecessor.waitForState(within: settings.shutdownGrace + .seconds(5)) {
                logger.warning("the server before has not let go of what it holds: going on without", metadata: ["handover": "\(path)"])
            }
        }
        try handover.takePath()
        return Listeners(
            clients: clients, operations: operations, origin: clients === passed[.clients] ? .predecessor : .settings, handover: handover)
    }

    /// Further descriptors of the same sockets, to be handed over some day. None without HANDOVER: then the sockets close with the transports'
    /// descriptors.
    func copies() throws -> [(role: ListenerRole, socket: ListeningSocket)] {
        guard self.handover != nil else { return [] }
        let operations = try self.operations.map { (ListenerRole.operations, try $0.duplicate()) }
        return [(.clients, try self.clients.duplicate())] + (operations.map { [$0] } ?? [])
    }

    // MARK: - One socket

    static func clients(_ settings: ServerSettings, passed: ListeningSocket? = nil) throws(StartupError) -> ListeningSocket {
        let place = ListenAddress(host: settings.host, port: settings.port)
        return try self.socket(at: place, passed, setting: "HOST=\(settings.host) PORT=\(settings.port)", of: ("HOST", "PORT"))
    }

    static func operations(_ settings: ServerSettings, passed: ListeningSocket? = nil) throws(StartupError) -> ListeningSocket? {
        guard let place = settings.metricsAddress else { return nil }
        return try self.socket(
            at: place, passed, setting: "METRICS_ADDRESS=\(place.text)", of: ("METRICS_ADDRESS", "METRICS_ADDRESS"))
    }

    /// The one that was passed if it listens there, as the settings may have changed; a new one otherwise.
    private static func socket(
        at place: ListenAddress, _ passed: ListeningSocket?, setting: String, of variables: (host: String, port: String)
    ) throws(StartupError) -> ListeningSocket {
        do {
            let address = try SocketAddress.makeAddressResolvingHost(place.host, port: place.port)
            if let passed {
                let there = try passed.address()
                if there.ipAddress == address.ipAddress, place.port == 0 || there.port == place.port { return passed }
            }
            return try ListeningSocket.open(address)
        } catch {
            throw StartupError([ListenFault(error, port: place.port).finding(setting, variables: variables)])
        }
    }
}
