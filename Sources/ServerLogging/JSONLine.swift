package import Logging

/// `{"time":"…","level":"info","message":"…","code":1000,"side":"A"}`, for programs.
package struct JSONLine: LineFormat {
    private let stamper = TimeStamper(.utcDate)

    package init() {}

    package func append(
        at time: WallTime, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, to buffer: inout [UInt8]
    ) {
        buffer += #"{"time":""#.utf8
        self.stamper.append(time, to: &buffer)
        buffer += #"","level":""#.utf8
        buffer += level.rawValue.utf8
        buffer += #"","message":"#.utf8
        Self.append(message, to: &buffer)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            buffer += ",".utf8
            Self.append(Self.isOwn(key) ? Self.otherName(for: key, in: metadata) : key, to: &buffer)
            buffer += ":".utf8
            Self.append(value, to: &buffer)
        }
        buffer += "}\n".utf8
    }

    /// Compared one by one, which is cheaper than a hash.
    private static func isOwn(_ key: String) -> Bool { key == "time" || key == "level" || key == "message" }

    /// No two fields of a line may share a name: readers would see only one of them, and not all of them the same one.
    private static func otherName(for key: String, in metadata: Logger.Metadata) -> String {
        var name = "field_" + key
        while metadata[name] != nil { name = "field_" + name }
        return name
    }

    private static func append(_ value: Logger.MetadataValue, to buffer: inout [UInt8]) {
        switch value {
        case .string(let text): Self.append(text, to: &buffer)
        case .stringConvertible(let value):
            if Self.isBare(value) {
                buffer += value.description.utf8
            } else {
                Self.append(value.description, to: &buffer)
            }
        case .array(let values):
            buffer += "[".utf8
            for (index, value) in values.enumerated() {
                if index > 0 { buffer += ",".utf8 }
                Self.append(value, to: &buffer)
            }
            buffer += "]".utf8
        case .dictionary(let values):
            buffer += "{".utf8
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { buffer += ",".utf8 }
                Self.append(key, to: &buffer)
                buffer += ":".utf8
                Self.append(value, to: &buffer)
            }
            buffer += "}".utf8
        }
    }

    /// Whether a value's description is a JSON number or boolean. That is certain only for types of the standard library.
    private static func isBare(_ value: any CustomStringConvertible & Sendable) -> Bool {
        switch value {
        case is Int, is UInt, is Int64, is UInt64, is Int32, is UInt32, is Int16, is UInt16, is Int8, is UInt8, is Bool: true
        case let number as Double: number.isFinite
        case let number as Float: number.isFinite
        default: false
        }
    }

    private static func append(_ text: String, to buffer: inout [UInt8]) {
        buffer += "\"".utf8
        buffer.append(escaping: text, for: .json)
        buffer += "\"".utf8
    }
}
