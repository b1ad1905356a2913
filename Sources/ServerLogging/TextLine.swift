package import Logging

/// `12:03:04.123 INFO  connection ended  code=1000 side=A`, for people.
package struct TextLine: LineFormat {
    private let isColored: Bool
    private let stamper: TimeStamper

    package init(isColored: Bool) { self.init(isColored: isColored, clock: .localClock) }

    init(isColored: Bool, clock: TimeStamper.Style) {
        self.isColored = isColored
        self.stamper = TimeStamper(clock)
    }

    package func append(
        at time: WallTime, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, to buffer: inout [UInt8]
    ) {
        self.stamper.append(time, to: &buffer)
        buffer += " ".utf8
        if self.isColored { buffer += level.color.utf8 }
        buffer += level.column.utf8
        if self.isColored { buffer += "\u{1b}[0m".utf8 }
        buffer += " ".utf8
        buffer.append(escaping: message, for: .line)
        var gap = "  "
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            buffer += gap.utf8
            Self.append(key, to: &buffer)
            buffer += "=".utf8
            Self.append(value, to: &buffer)
            gap = " "
        }
        buffer += "\n".utf8
    }

    private static func append(_ value: Logger.MetadataValue, to buffer: inout [UInt8]) {
        switch value {
        case .string(let text): Self.append(text, to: &buffer)
        case .stringConvertible(let value): Self.append(value.description, to: &buffer)
        case .array(let values):
            var mark = "["
            for value in values {
                buffer += mark.utf8
                Self.append(value, to: &buffer)
                mark = ","
            }
            buffer += (values.isEmpty ? "[]" : "]").utf8
        case .dictionary(let values):
            var mark = "{"
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                buffer += mark.utf8
                Self.append(key, to: &buffer)
                buffer += "=".utf8
                Self.append(value, to: &buffer)
                mark = ","
            }
            buffer += (values.isEmpty ? "{}" : "}").utf8
        }
    }

    /// In quotes if it is not one word, and so could look like another field.
    private static func append(_ text: String, to buffer: inout [UInt8]) {
        if text.isWord {
            buffer.append(escaping: text, for: .line)
        } else {
            buffer += "\"".utf8
            buffer.append(escaping: text, for: .textQuotes)
            buffer += "\"".utf8
        }
    }
}

extension String {
    fileprivate var isWord: Bool {
        !self.isEmpty
            && self.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    ? scalar > " " && scalar < "\u{7f}" && !"\"\\=,[]{}".unicodeScalars.contains(scalar)
                    : !scalar.isUnseen && !scalar.properties.isWhitespace
            }
    }
}

extension Logger.Level {
    /// Five characters, so that all messages begin in one column.
    fileprivate var column: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO "
        case .notice: "NOTE "
        case .warning: "WARN "
        case .error: "ERROR"
        case .critical: "CRIT "
        }
    }

    fileprivate var color: String {
        switch self {
        case .trace, .debug: "\u{1b}[2m"
        case .info: "\u{1b}[32m"
        case .notice: "\u{1b}[36m"
        case .warning: "\u{1b}[33m"
        case .error: "\u{1b}[31m"
        case .critical: "\u{1b}[1;31m"
        }
    }
}
