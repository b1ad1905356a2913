package import Foundation

/// What a run wants to know from the server's log: where it listens, how many connections it says have ended, and every warning.
package struct ServerLog: Sendable {
    package private(set) var port: Int?
    package private(set) var lines = 0
    package private(set) var connectionsEnded = 0
    /// Warnings, errors and what is no log line at all (a crash's trace, say); the first of them only.
    package private(set) var excerpts: [String] = []
    package var hasEnded = false

    private var partial = Data()
    private static let mostExcerpts = 100
    private let expected: [String]

    /// `expected`: messages of warnings that the run provokes.
    package init(expected: [String]) { self.expected = expected }

    package mutating func read(_ bytes: Data) {
        self.partial.append(bytes)
        var start = self.partial.startIndex
        while let end = self.partial[start...].firstIndex(of: UInt8(ascii: "\n")) {
            self.readLine(String(decoding: self.partial[start..<end], as: UTF8.self))
            start = end + 1
        }
        self.partial = Data(self.partial[start...])
    }

    /// How many lines one stands for: beyond some a second, the server says only how many more there were (`… and 12,345 more`).
    private static func count(_ rest: Substring) -> Int {
        guard let and = rest.firstRange(of: " … and "), let more = rest.firstRange(of: " more\"") else { return 1 }
        return Int(rest[and.upperBound..<more.lowerBound].filter(\.isNumber)) ?? 1
    }

    private mutating func readLine(_ line: String) {
        self.lines += 1
        if let message = line.firstRange(of: #""message":"connection ended"#) {
            self.connectionsEnded += Self.count(line[message.upperBound...])
            return
        }
        if self.port == nil, line.contains(#""message":"listening""#), let field = line.firstRange(of: #""port":"#) {
            self.port = Int(line[field.upperBound...].prefix { $0.isNumber })
        }
        let isQuiet = line.contains(#""level":"info""#) || line.contains(#""level":"debug""#)
        guard !isQuiet, self.excerpts.count < Self.mostExcerpts else { return }
        if !self.expected.contains(where: { line.contains("\"message\":\"\($0)") }) { self.excerpts.append(line) }
    }
}
