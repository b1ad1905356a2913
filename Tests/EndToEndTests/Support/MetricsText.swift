/// A metrics page, read back.
struct MetricsText {
    /// By series, spelled as on the page.
    private(set) var values: [String: Double] = [:]
    /// By metric family.
    private(set) var types: [String: String] = [:]

    init(_ page: String) {
        for line in page.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE "), words.count == 4 {
                self.types[String(words[2])] = String(words[3])
            } else if !line.hasPrefix("#"), let value = words.last.flatMap({ Double($0) }) {
                self.values[words.dropLast().joined(separator: " ")] = value
            }
        }
    }

    /// NaN, which equals nothing, for a series that is not there.
    subscript(series: String) -> Double { self.values[series] ?? .nan }

    var series: Set<String> { Set(self.values.keys) }
}
