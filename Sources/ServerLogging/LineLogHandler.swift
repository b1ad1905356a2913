package import Logging

/// The form of a log line.
package protocol LineFormat: Sendable {
    /// Appends the line with its newline.
    func append(
        at time: WallTime, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, to buffer: inout [UInt8])
}

package typealias TextLogHandler = LineLogHandler<TextLine>
package typealias JSONLogHandler = LineLogHandler<JSONLine>

/// Turns each event into a line and passes it to the sink.
package struct LineLogHandler<Format: LineFormat>: LogHandler {
    /// One that is set counts for this copy alone, and stays.
    package var logLevel: Logger.Level {
        get { self.ownLevel ?? self.threshold.level }
        set { self.ownLevel = newValue }
    }
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let threshold: LogThreshold
    private var ownLevel: Logger.Level?
    private let format: Format
    private let sink: LogSink
    private let clock: @Sendable () -> WallTime

    package init(
        _ format: Format, sink: LogSink, threshold: LogThreshold = LogThreshold(.info),
        clock: @escaping @Sendable () -> WallTime = { WallTime.now() }
    ) {
        self.format = format
        self.sink = sink
        self.threshold = threshold
        self.clock = clock
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let now = self.clock()
        let kind = LineKind(level: event.level, message: event.message.description)
        guard let earlier = self.sink.admit(kind, second: now.seconds) else { return }
        // Built before the sink's lock is taken: describing a value may run any code, even code that logs.
        var line: [UInt8] = []
        line.reserveCapacity(256)
        if earlier > 0 { self.format.append(at: now, kind.level, kind.summary(of: earlier), [:], to: &line) }
        self.format.append(at: now, kind.level, kind.message, self.metadata(of: event), to: &line)
        self.sink.append(line)
    }

    /// Later sources take precedence: the handler's own, the provider's, the call's, and the description of its error.
    private func metadata(of event: LogEvent) -> Logger.Metadata {
        var merged = self.metadata
        for more in [self.metadataProvider?.get(), event.metadata] {
            guard let more else { continue }
            if merged.isEmpty { merged = more } else { merged.merge(more) { $1 } }
        }
        if let error = event.error {
            merged["error.message"] = "\(error)"
            merged["error.type"] = "\(String(reflecting: type(of: error)))"
        }
        return merged
    }
}
