/// Numbers as people read them.
package enum TopNumbers {
    /// With commas, and with one decimal below ten.
    package static func count(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        if value != value.rounded(), value < 10 {
            let tenths = Int((value * 10).rounded())
            return "\(tenths / 10).\(tenths % 10)"
        }
        guard abs(value) < 1e15 else { return "\(value)" }
        let digits = String(Int(abs(value).rounded()))
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return value < 0 ? "-" + grouped : grouped
    }

    package static func bytes(_ value: Double) -> String {
        var (value, unit) = (value, 0)
        let units = ["B", "kB", "MB", "GB", "TB"]
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return "\(self.count(unit == 0 || value >= 10 ? value.rounded() : value)) \(units[unit])"
    }

    package static func percent(_ part: Double, of whole: Double) -> String {
        whole > 0 ? "\(self.count((part / whole * 1000).rounded() / 10)) %" : "-"
    }

    package static func seconds(_ value: Double) -> String {
        value < 1 ? "\(self.count((value * 1000).rounded())) ms" : "\(self.count((value * 10).rounded() / 10)) s"
    }

    /// How long something has been, in its two largest units.
    package static func age(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
        let total = Int(seconds)
        let parts = [(total / 86_400, "d"), (total / 3600 % 24, "h"), (total / 60 % 60, "min"), (total % 60, "s")]
        let first = parts.firstIndex { $0.0 > 0 } ?? 3
        return parts[first...].prefix(2).map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    /// A column for each value, as high as it is beside the others.
    package static func columns(_ values: some Collection<Double>) -> String {
        let steps = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        let most = values.max() ?? 0
        return values.map { $0 <= 0 || most <= 0 ? steps[0] : steps[min(7, 1 + Int($0 / most * 6.999))] }.joined()
    }
}
