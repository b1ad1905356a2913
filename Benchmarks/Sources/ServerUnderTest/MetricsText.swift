/// A page in the Prometheus text format, as values by series: `name{label="value"}` as it is written.
package struct MetricsText: Sendable {
    package private(set) var values: [String: Double] = [:]

    package init() {}

    package init(_ page: String) {
        for line in page.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else { continue }
            self.values[String(line[..<space])] = value
        }
    }

    /// Nil where the page has no such series.
    package subscript(series: String) -> Double? { self.values[series] }

    package func sum(of name: String) -> Double {
        self.values.reduce(0) { $1.key == name || $1.key.hasPrefix(name + "{") ? $0 + $1.value : $0 }
    }
}
