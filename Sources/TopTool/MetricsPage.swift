/// A page of metrics in Prometheus's text format, as far as this program reads it: names, labels and values.
package struct MetricsPage: Sendable {
    package struct Sample: Sendable, Equatable {
        package let labels: [String: String]
        package let value: Double
    }

    /// Lines past this many are not read: a server has some 500.
    package static let mostSamples = 20_000

    private var samples: [String: [Sample]] = [:]

    /// A line that is none of the format's is passed over, as is one without a number.
    package init(_ text: String) {
        var count = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard count < Self.mostSamples else { return }
            guard line.first != UInt8(ascii: "#"), let (name, sample) = Self.sample(Substring(line)) else { continue }
            self.samples[name, default: []].append(sample)
            count += 1
        }
    }

    package var isEmpty: Bool { self.samples.isEmpty }

    package func all(_ name: String) -> [Sample] { self.samples[name] ?? [] }

    /// The sum of all samples of the name that have these labels, or nil if there is none.
    package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = self.all(name).filter { sample in labels.allSatisfy { sample.labels[$0.key] == $0.value } }
        return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
    }

    /// What each value of a label has, of those that have anything, the largest first.
    package func byLabel(_ name: String, _ label: String, _ labels: [String: String] = [:]) -> [(label: String, value: Double)] {
        var sums: [String: Double] = [:]
        for sample in self.all(name) where labels.allSatisfy({ sample.labels[$0.key] == $0.value }) {
            sums[sample.labels[label] ?? "", default: 0] += sample.value
        }
        return sums.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { (label: $0.key, value: $0.value) }
    }

    private static func sample(_ line: Substring) -> (String, Sample)? {
        let nameEnd = line.firstIndex { $0 == "{" || $0 == " " } ?? line.endIndex
        let name = String(line[..<nameEnd])
        var rest = line[nameEnd...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            guard let (found, after) = Self.labels(rest.dropFirst()) else { return nil }
            (labels, rest) = (found, after)
        }
        // A time may stand behind the value.
        guard let word = rest.split(separator: " ").first, let value = Self.number(word), !name.isEmpty else { return nil }
        return (name, Sample(labels: labels, value: value))
    }

    private static func labels(_ text: Substring) -> (labels: [String: String], rest: Substring)? {
        var labels: [String: String] = [:]
        var rest = text
        while let first = rest.first, first != "}" {
            guard let equals = rest.firstIndex(of: "="), rest[equals...].hasPrefix("=\"") else { return nil }
            let name = String(rest[..<equals])
            guard let (value, after) = Self.quoted(rest[equals...].dropFirst(2)) else { return nil }
            labels[name] = value
            rest = after.first == "," ? after.dropFirst() : after
        }
        return rest.first == "}" ? (labels, rest.dropFirst()) : nil
    }

    private static func quoted(_ text: Substring) -> (value: String, rest: Substring)? {
        var value = ""
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                value.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                return (value, text[text.index(after: index)...])
            } else {
                value.append(character)
            }
        }
        return nil
    }

    private static func number(_ word: Substring) -> Double? {
        switch word {
        case "+Inf", "Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": nil
        default: Double(word)
        }
    }
}
