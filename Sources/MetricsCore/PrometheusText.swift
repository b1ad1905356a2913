/// Writes the Prometheus text exposition format 0.0.4.
package struct PrometheusText {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""

    package init() { self.text.reserveCapacity(16 * 1024) }

    package mutating func counter(_ name: String, _ help: String, _ value: Int) {
        self.head(name, help, "counter")
        self.line(name, "", String(value))
    }

    package mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        self.head(name, help, "gauge")
        self.line(name, "", Self.number(value))
    }

    /// `rows`: a label's values, which need no escaping, and the gauge of each.
    package mutating func gauge(_ name: String, _ help: String, _ label: String, _ rows: [(value: String, gauge: Double)]) {
        self.head(name, help, "gauge")
        for (value, gauge) in rows { self.line(name, "{\(label)=\"\(value)\"}", Self.number(gauge)) }
    }

    /// `rows`: a label's values, which need no escaping, and the count of each.
    package mutating func counter(_ name: String, _ help: String, _ label: String, _ rows: [(value: String, count: Int)]) {
        self.head(name, help, "counter")
        for (value, count) in rows { self.line(name, "{\(label)=\"\(value)\"}", String(count)) }
    }

    /// One counter whose label set has several labels: each name is that of all of them, with their values.
    package mutating func counter<Label>(_ name: String, _ help: String, _ counts: Counts<Label>) {
        self.head(name, help, "counter")
        for (labels, count) in zip(Label.names, counts.values) { self.line(name, "{\(labels)}", String(count)) }
    }

    package mutating func counterSeconds(_ name: String, _ help: String, _ value: Double) {
        self.head(name, help, "counter")
        self.line(name, "", Self.number(value))
    }

    package mutating func counter<Label>(_ name: String, _ help: String, _ label: String, _ counts: Counts<Label>) {
        self.head(name, help, "counter")
        self.lines(name, label, counts)
    }

    /// One counter with two labels; each row has a value of the first.
    package mutating func counter<Label>(
        _ name: String, _ help: String, _ first: String, _ second: String, _ rows: [(label: String, counts: Counts<Label>)]
    ) {
        self.head(name, help, "counter")
        for (value, counts) in rows { self.lines(name, second, counts, before: "\(first)=\"\(value)\",") }
    }

    package mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
        self.histogram(name, help, [("", histogram)])
    }

    /// `rows`: a label pair such as `dir="in"`, or nothing, and its histogram.
    package mutating func histogram(_ name: String, _ help: String, _ rows: [(String, Histogram)]) {
        self.head(name, help, "histogram")
        for (label, histogram) in rows {
            let comma = label.isEmpty ? "" : ","
            var total = 0
            for (bound, count) in zip(histogram.bounds, histogram.counts) {
                total += count
                self.line(name + "_bucket", "{\(label)\(comma)le=\"\(Self.number(bound))\"}", String(total))
            }
            total += histogram.counts.last ?? 0
            let braces = label.isEmpty ? "" : "{\(label)}"
            self.line(name + "_bucket", "{\(label)\(comma)le=\"+Inf\"}", String(total))
            self.line(name + "_sum", braces, Self.number(histogram.sum))
            self.line(name + "_count", braces, String(total))
        }
    }

    /// A gauge that is always 1 and exists for its labels.
    package mutating func info(_ name: String, _ help: String, _ labels: [(String, String)]) {
        self.head(name, help, "gauge")
        let pairs = labels.map { "\($0)=\"\(Self.escape($1))\"" }.joined(separator: ",")
        self.line(name, "{\(pairs)}", "1")
    }

    private mutating func lines<Label>(_ name: String, _ label: String, _ counts: Counts<Label>, before: String = "") {
        for (value, count) in zip(Label.names, counts.values) {
            self.line(name, "{\(before)\(label)=\"\(value)\"}", String(count))
        }
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        self.text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ labels: String, _ value: String) {
        self.text += "\(name)\(labels) \(value)\n"
    }

    /// Whole numbers have no fraction. Bounds that result from repeated multiplication lose its rounding errors.
    private static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
        let rounded = (value * 1e9).rounded() / 1e9
        return String(rounded)
    }

    private static func escape(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
