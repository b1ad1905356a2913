package import Logging
import NIOConcurrencyHelpers

/// Keeps what was logged.
package final class LogRecorder: Sendable {
    package struct Line: Sendable {
        package var level: Logger.Level
        package var message: String
        package var metadata: [String: String]
    }
    private let recorded = NIOLockedValueBox<[Line]>([])

    package init() {}

    package var lines: [Line] { self.recorded.withLockedValue { $0 } }

    package func lines(_ message: String) -> [Line] { self.lines.filter { $0.message == message } }

    /// Everything, as one text to search in.
    package var text: String {
        self.lines.map { line in line.message + line.metadata.map { " \($0.key)=\($0.value)" }.joined() }.joined(separator: "\n")
    }

    package var logger: Logger { Logger(label: "test", factory: { _ in Handler(recorder: self) }) }

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
