package import Foundation
import Synchronization

/// A server started for the run, on loopback.
package final class ServerProcess: StartedProcess {
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

    package enum LogReading: Sendable {
        /// To the end, so that writing it never holds the server up.
        case whole
        /// No further than to its port: to read on takes CPU time that a measurement would count as the generator's. The rest goes to a
        /// file that nobody reads.
        case untilItListens
    }

    private let process: Process
    private let log: Mutex<ServerLog>
    package let port: Int
    package var pid: Int32 { self.process.processIdentifier }

    /// Starts the binary with these settings and waits until it listens: on a free port, unless one is given.
    package init(
        binary: String, settings: [String: String], port: Int = 0, expectedWarnings: [String] = [], logReading: LogReading = .whole
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: binary)
        // Nothing of the caller's shell can change what is measured.
        process.environment = ["STUN_PORT": "0"].merging(settings) { $1 }
            .merging(["HOST": "127.0.0.1", "PORT": "\(port)", "LOG_FORMAT": "json"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        var source = logReading == .whole ? LogSource.pipe(Pipe()) : try LogSource.temporaryFile()
        process.standardOutput = source.target
        process.standardError = source.target
        try process.run()
        self.process = process
        // The port is needed before `self` is whole, so the log's first lines are read here.
        var log = ServerLog(expected: expectedWarnings)
        let deadline = Date(timeIntervalSinceNow: 30)
        while log.port == nil {
            let bytes = try source.next { process.isRunning && Date() <= deadline }
            if bytes.isEmpty || Date() > deadline {
                // Not SIGTERM, which it may have inherited as ignored.
                Foundation.kill(process.processIdentifier, SIGKILL)
                throw Failure.didNotStart(log.excerpts.joined(separator: "\n"))
            }
            log.read(bytes)
        }
        self.port = log.port ?? 0
        log.hasEnded = logReading == .untilItListens
        self.log = Mutex(log)
        guard case .pipe(let pipe) = source else { return }
        let reading = pipe.fileHandleForReading
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
                self.kill()
                throw Failure.didNotStop
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return self.process.terminationStatus
    }

    package func end(within limit: TimeInterval) { _ = try? self.stop(within: limit) }

    /// Ends the server as a crash does.
    package func kill() {
        Foundation.kill(self.pid, SIGKILL)
    }
}
