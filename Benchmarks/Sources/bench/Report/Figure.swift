import Foundation

/// One number of a run, with the name it has for programs and the one it has for people.
struct Figure: Equatable {
    enum Kind {
        case count
        case microseconds
        case percent
        case megabytes
        case bytes
        case seconds
    }

    var key: String
    var label: String
    var kind: Kind
    var value: Double

    var text: String { self.kind.text(self.value) }
}

extension Figure.Kind {
    func text(_ value: Double) -> String {
        switch self {
        case .count: value < 100 && value != value.rounded() ? String(format: "%.1f", value) : Int(value.rounded()).grouped
        case .microseconds where value < 100: String(format: "%.2f µs", value)
        case .microseconds where value < 10_000: "\(Int(value.rounded()).grouped) µs"
        case .microseconds: String(format: "%.1f ms", value / 1000)
        case .percent: String(format: "%.1f %%", value)
        case .megabytes: String(format: "%.1f MB", value)
        case .bytes: "\(Int(value.rounded()).grouped) B"
        case .seconds: String(format: "%.2f s", value)
        }
    }
}

extension Int {
    /// 1234567 as 1,234,567.
    var grouped: String {
        var digits = Array(String(self.magnitude))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return (self < 0 ? "-" : "") + String(digits)
    }
}
