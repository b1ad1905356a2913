import Foundation

/// A line of the input.
struct Command: Decodable, Sendable {
    /// Digits, and words or a link's secret behind them. The first line of a program that joins.
    var code: String?
    var say: String?
    /// So many bytes, in messages of 10,000.
    var fill: Int?
    /// ICE anew, as when the network has changed.
    var restart: Bool?

    private static let mostWaiting = 256

    /// Those of standard input. Ends with it, at what is no command, and where more wait than a test has.
    static func stream() -> AsyncStream<Command> {
        let (stream, continuation) = AsyncStream.makeStream(of: Command.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        readLines(of: .standardInput) { line in
            guard let command = try? JSONDecoder().decode(Command.self, from: line) else { return continuation.finish() }
            if case .dropped = continuation.yield(command) { continuation.finish() }
        } end: {
            continuation.finish()
        }
        return stream
    }
}
