import Logging
import NIOConcurrencyHelpers

/// Keeps what was logged.
final class LogRecorder: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }
    private let recorded = NIOLockedValueBox<[Line]>([])

    var lines: [Line] { self.recorded.withLockedValue { $0 } }

    func lines(_ message: String) -> [Line] { self.lines.filter { $0.message == message } }

    /// Everything, as one text to search in.
    var text: String {
        self.lines.map { line in line.message + line.metadata.map { " \($0.key)=\($0.value)" }.joined() }.joined(separator: "\n")
    }

    var logger: Logger { Logger(label: "test", factory: { _ in Handler(recorder: self) }) }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        init(recorder: LogRecorder) { self.recorder = recorder }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).mapValues { "\($0)" }
            let line = Line(level: event.level, message: event.message.description, metadata: metadata)
            self.recorder.recorded.withLockedValue { $0.append(line) }
        }
    }
}
