package import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

package enum LogLineFormat: Sendable {
    /// Text if the sink is a terminal, JSON otherwise.
    case auto
    case text
    case json
}

/// Makes a logger that is passed on as an argument; nothing global is set, so that two servers in one process can log separately.
///
/// - Parameter threshold: Also after it has changed.
package func makeLogger(label: String, format: LogLineFormat, threshold: LogThreshold, sink: LogSink) -> Logger {
    let isText =
        switch format {
        case .auto: sink.isTerminal
        case .text: true
        case .json: false
        }
    if isText {
        let colorIsUnwanted = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        return makeLogger(label: label, TextLine(isColored: sink.isTerminal && !colorIsUnwanted), threshold: threshold, sink: sink)
    }
    return makeLogger(label: label, JSONLine(), threshold: threshold, sink: sink)
}

func makeLogger(
    label: String, _ format: some LineFormat, threshold: LogThreshold, sink: LogSink,
    clock: @escaping @Sendable () -> WallTime = { WallTime.now() }
) -> Logger {
    sink.reportLosses { dropped, buffer in
        format.append(at: clock(), .warning, "log lines were dropped", ["dropped": .stringConvertible(dropped)], to: &buffer)
    }
    sink.reportLeftOut(clock: clock) { kind, count, buffer in
        format.append(at: clock(), kind.level, kind.summary(of: count), [:], to: &buffer)
    }
    return Logger(label: label) { _ in LineLogHandler(format, sink: sink, threshold: threshold, clock: clock) }
}
