import Foundation
import RawLoad
import ServerUnderTest
import Synchronization

/// The server under load: one that was started for the run, several that share an engine, or one that runs already.
final class Target: Sendable {
    let places: NodePlaces
    let engine: EngineProcess?
    private let givenPID: Int32?
    private let processes: Mutex<[ServerProcess]>
    private let binary: String
    private let settings: [String: String]
    private let isPinned: Bool
    private let store: StoreFile?

    struct NoAddress: Error {}

    init(_ options: ServerOptions, settings: [String: String]) throws {
        self.isPinned = options.isPinned
        self.givenPID = options.pid
        self.store = options.fileStore ? try StoreFile() : nil
        self.settings = settings.merging(self.store.map { ["STORE": $0.setting] } ?? [:]) { $1 }
        self.processes = Mutex([])
        if let url = options.url {
            guard let address = ServerAddress(url: url) else { throw NoAddress() }
            self.places = NodePlaces(address)
            self.binary = ""
            self.engine = nil
        } else {
            self.binary = try ServerBinary.find(named: options.serverBinary)
            self.engine = try options.shared.engine.map { name in
                let program = try EngineBinary.find(named: name)
                if options.isPinned { Affinity.pinThisThread(to: 0) }
                return try StopSignals.starting { try EngineProcess(binary: program, isAppendOnly: options.shared.aof) }
            }
            var started: [ServerProcess] = []
            do {
                for _ in 0..<options.shared.nodes {
                    var (settings, port) = (self.settings, 0)
                    if let engine = self.engine {
                        guard let free = FreePort.find() else { throw NoAddress() }
                        port = free
                        settings["STORE"] = NodeOptions.store(port: "\(engine.port)")
                        settings["NODE_ADDRESS"] = "http://127.0.0.1:\(port)"
                    }
                    started.append(try Self.start(self.binary, settings, port: port, isPinned: options.isPinned))
                }
                let addresses = started.compactMap { ServerAddress(host: "127.0.0.1", port: $0.port) }
                guard addresses.count == started.count else { throw NoAddress() }
                self.places = NodePlaces(addresses, options.shared.sides)
            } catch {
                for server in started { server.kill() }
                self.engine?.kill()
                throw error
            }
            self.processes.withLock { $0 = started }
        }
        if options.isPinned { Affinity.pinThisThread(to: 1) }
    }

    /// A process inherits the CPU of the thread that starts it: that goes to the server's first.
    private static func start(_ binary: String, _ settings: [String: String], port: Int, isPinned: Bool) throws -> ServerProcess {
        if isPinned { Affinity.pinThisThread(to: 0) }
        return try StopSignals.starting {
            try ServerProcess(binary: binary, settings: settings, port: port, logReading: .untilItListens)
        }
    }

    /// Of the first, where there are several.
    var address: ServerAddress { self.places.nodes[0] }

    private var pids: [Int32] {
        let own = self.processes.withLock { $0.map(\.pid) }
        return own.isEmpty ? self.givenPID.map { [$0] } ?? [] : own
    }

    /// Of each node; empty where one of them is not known.
    var processorTimes: [ProcessorTime] { Self.allOrNone(self.pids, ProcessorTime.init(pid:)) }
    var memories: [ProcessMemory] { Self.allOrNone(self.pids, ProcessMemory.init(pid:)) }
    var engineTime: ProcessorTime? { self.engine.flatMap { ProcessorTime(pid: $0.pid) } }

    private static func allOrNone<Value>(_ pids: [Int32], _ read: (Int32) -> Value?) -> [Value] {
        let values = pids.compactMap(read)
        return values.count == pids.count ? values : []
    }

    /// Of all nodes together.
    var processorTime: ProcessorTime? { ProcessorTime.sum(self.processorTimes) }
    var memory: ProcessMemory? { ProcessMemory.sum(self.memories) }
    /// What the run's own store takes on its disk.
    var storeSize: StoreFile.Size? { self.store?.size }
    /// True of a server that runs on its own, as far as one can know.
    var isRunning: Bool { self.processes.withLock { $0.allSatisfy(\.isRunning) } && self.engine?.isRunning ?? true }

    /// Ends what is the run's own and waits until it is gone.
    func kill() {
        let servers = self.processes.withLock { $0 }
        for server in servers { server.kill() }
        while servers.contains(where: \.isRunning) { Thread.sleep(forTimeInterval: 0.001) }
        self.engine?.kill()
    }

    /// Starts a single server again on the port that it had, and returns when it listens. Where clients go on meanwhile, another thread than
    /// theirs has to call it: it spends that time on the server's CPU.
    func restart() throws {
        defer { if self.isPinned { Affinity.pinThisThread(to: 1) } }
        let server = try Self.start(self.binary, self.settings, port: Int(self.address.port), isPinned: self.isPinned)
        self.processes.withLock { $0 = [server] }
    }
}
