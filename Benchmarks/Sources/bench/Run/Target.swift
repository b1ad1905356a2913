import Foundation
import RawLoad
import ServerUnderTest
import Synchronization

/// The server under load: one that was started for the run, or one that runs already.
final class Target: Sendable {
    let address: ServerAddress
    private let givenPID: Int32?
    private let process: Mutex<ServerProcess?>
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
        if let url = options.url {
            guard let address = ServerAddress(url: url) else { throw NoAddress() }
            self.address = address
            self.binary = ""
            self.process = Mutex(nil)
        } else {
            self.binary = try ServerBinary.find(named: options.serverBinary)
            let server = try Self.start(self.binary, self.settings, port: 0, isPinned: options.isPinned)
            self.process = Mutex(server)
            guard let address = ServerAddress(host: "127.0.0.1", port: server.port) else { throw NoAddress() }
            self.address = address
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

    var pid: Int32? { self.process.withLock { $0?.pid } ?? self.givenPID }
    var processorTime: ProcessorTime? { self.pid.flatMap(ProcessorTime.init(pid:)) }
    var memory: ProcessMemory? { self.pid.flatMap(ProcessMemory.init(pid:)) }
    /// What the run's own store takes on its disk.
    var storeSize: StoreFile.Size? { self.store?.size }
    /// True of a server that runs on its own, as far as one can know.
    var isRunning: Bool { self.process.withLock { $0?.isRunning } ?? true }

    /// Ends a server of the run's own and waits until it is gone.
    func kill() {
        guard let server = self.process.withLock({ $0 }) else { return }
        server.kill()
        while server.isRunning { Thread.sleep(forTimeInterval: 0.001) }
    }

    /// Starts the server again on the port that it had, and returns when it listens. Where clients go on meanwhile, another thread than
    /// theirs has to call it: it spends that time on the server's CPU.
    func restart() throws {
        defer { if self.isPinned { Affinity.pinThisThread(to: 1) } }
        let server = try Self.start(self.binary, self.settings, port: Int(self.address.port), isPinned: self.isPinned)
        self.process.withLock { $0 = server }
    }
}
