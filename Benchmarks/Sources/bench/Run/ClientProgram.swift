import Foundation
import ServerUnderTest

/// A program that holds sessions, goes through its phases when it is told to, and says when each is over.
final class ClientProgram: StartedProcess {
    enum Failure: Error, CustomStringConvertible {
        case notFound(String)
        case noWord(String)
        case otherWord(String, expected: String)

        var description: String {
            switch self {
            case .notFound(let path): "there is no program at \(path); Benchmarks/README.md says how to build it"
            case .noWord(let word): "the client program has ended, or did not say \(word) in time"
            case .otherWord(let said, let expected): "the client program said \(said) instead of \(expected)"
            }
        }
    }

    private let process: Process
    private let input: FileHandle
    private let output: FileHandle
    var pid: Int32 { self.process.processIdentifier }
    var isRunning: Bool { self.process.isRunning }

    /// Longer than any phase takes.
    private static let patience: TimeInterval = 300

    /// Where the builds that Benchmarks/README.md names are.
    static func path(isLean: Bool) -> String {
        let path = isLean ? "Benchmarks/.build/release/lean-load" : ".build-release/release/client-load"
        let places = ServerBinary.roots.map { "\($0)/\(path)" }
        return places.first { FileManager.default.isExecutableFile(atPath: $0) } ?? path
    }

    init(path: String, arguments: [String]) throws {
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Failure.notFound(path) }
        let (input, output) = (Pipe(), Pipe())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = [:]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.process = process
        self.input = input.fileHandleForWriting
        self.output = output.fileHandleForReading
    }

    func end(within limit: TimeInterval) { self.kill() }

    func kill() {
        guard self.isRunning else { return }
        Foundation.kill(self.pid, SIGKILL)
        self.process.waitUntilExit()
    }

    /// Begins the next phase.
    func proceed() throws { try self.input.write(contentsOf: Data("\n".utf8)) }

    /// Returns when the program has said this word.
    func expect(_ word: String, within limit: TimeInterval = ClientProgram.patience) throws {
        let deadline = Date(timeIntervalSinceNow: limit)
        var said = Data()
        while said.last != UInt8(ascii: "\n") {
            var watched = pollfd(fd: self.output.fileDescriptor, events: Int16(POLLIN), revents: 0)
            let left = deadline.timeIntervalSinceNow
            guard left > 0, poll(&watched, 1, Int32(left * 1000) + 1) > 0, case let more = self.output.availableData, !more.isEmpty else {
                throw Failure.noWord(word)
            }
            said += more
        }
        let line = String(decoding: said.dropLast(), as: UTF8.self)
        guard line == word else { throw Failure.otherWord(line, expected: word) }
    }
}
