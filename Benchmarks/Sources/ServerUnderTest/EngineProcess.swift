package import Foundation

/// An engine started for the run, on loopback, with nothing in it. Its files are in a folder that goes when it is killed.
package final class EngineProcess: StartedProcess {
    package struct DidNotStart: Error, CustomStringConvertible {
        let why: String
        package var description: String { "the engine did not start: \(self.why)" }
    }

    private let process: Process
    let folder: TemporaryFolder
    package let port: Int
    package var pid: Int32 { self.process.processIdentifier }
    package var isRunning: Bool { self.process.isRunning }

    private static let patience: TimeInterval = 10

    /// Returns once it responds.
    /// - Parameter isAppendOnly: It writes all that changes to a file, which it has on the disk every second.
    package init(binary: String, isAppendOnly: Bool) throws {
        guard let port = FreePort.find() else { throw DidNotStart(why: "no port is free") }
        self.port = port
        self.folder = try TemporaryFolder()
        self.process = Process()
        self.process.executableURL = URL(fileURLWithPath: binary)
        self.process.arguments = [
            "--bind", "127.0.0.1", "--port", "\(port)", "--dir", self.folder.path, "--logfile", "engine.log", "--save", "",
            "--maxmemory-policy", "noeviction", "--appendonly", isAppendOnly ? "yes" : "no", "--appendfsync", "everysec",
        ]
        self.process.environment = [:]
        self.process.standardInput = FileHandle.nullDevice
        self.process.standardOutput = FileHandle.nullDevice
        self.process.standardError = FileHandle.nullDevice
        try self.process.run()
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        while self.figures == nil {
            guard self.process.isRunning, Date() < deadline else {
                let log = try? String(contentsOfFile: "\(self.folder.path)/engine.log", encoding: .utf8)
                self.kill()
                throw DidNotStart(why: log.map { String($0.suffix(500)) } ?? "\(binary) ended without a log")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// Nil where it does not respond in time.
    package var figures: EngineFigures? {
        guard let client = try? EngineClient(port: self.port),
            case .text(let info) = try? client.call("INFO", "server", "memory", "cpu", "commandstats")
        else { return nil }
        return EngineFigures(info: info)
    }

    /// It has nothing to keep.
    package func end(within limit: TimeInterval) { self.kill() }

    package func kill() {
        if self.isRunning {
            Foundation.kill(self.pid, SIGKILL)
            self.process.waitUntilExit()
        }
        self.folder.remove()
    }
}
