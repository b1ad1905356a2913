package import Foundation
import Synchronization

/// A server started for the run, on a free port of loopback. Its log is read to the end, so that writing it never holds it up.
package final class ServerProcess: Sendable {
    package enum Failure: Error, CustomStringConvertible {
        case didNotStart(String)
        case didNotStop

        package var description: String {
            switch self {
            case .didNotStart(let why): "the server did not start: \(why)"
            case .didNotStop: "the server was still running after SIGTERM and was killed"
            }
        }
    }

    private let process: Process
    private let log: Mutex<ServerLog>
    package let port: Int
    package var pid: Int32 { self.process.processIdentifier }

    /// Starts the binary with these settings and waits until it listens.
    package init(binary: String, settings: [String: String], expectedWarnings: [String] = []) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: binary)
        // Nothing of the caller's shell can change what is measured.
        process.environment = settings.merging(["HOST": "127.0.0.1", "PORT": "0", "LOG_FORMAT": "json"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process = process
        let reading = output.fileHandleForReading
        // The port is needed before `self` is whole, so the log's first lines are read here.
        var log = ServerLog(expected: expectedWarnings)
        let deadline = Date(timeIntervalSinceNow: 30)
        while log.port == nil {
            let bytes = reading.availableData
            if bytes.isEmpty || Date() > deadline {
                process.terminate()
                throw Failure.didNotStart(log.excerpts.joined(separator: "\n"))
            }
            log.read(bytes)
        }
        self.port = log.port ?? 0
        self.log = Mutex(log)
        Thread.detachNewThread { [weak self] in
            while case let bytes = reading.availableData, !bytes.isEmpty { self?.log.withLock { $0.read(bytes) } }
            self?.log.withLock { $0.hasEnded = true }
        }
    }

    package var logSoFar: ServerLog { self.log.withLock { $0 } }
    package var isRunning: Bool { self.process.isRunning }

    /// Asks the server to stop and answers its exit code once its log has been read to the end.
    package func stop(within limit: TimeInterval = 30) throws -> Int32 {
        self.process.terminate()
        let deadline = Date(timeIntervalSinceNow: limit)
        while self.process.isRunning || !self.logSoFar.hasEnded {
            guard Date() < deadline else {
                kill(self.pid, SIGKILL)
                throw Failure.didNotStop
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return self.process.terminationStatus
    }
}
