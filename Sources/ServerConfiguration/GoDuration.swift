/// Durations in Go's form (`10m`, `1h30m`, `500ms`, `1.5s`), which the variables have had from the beginning.
package enum GoDuration {
    private static let units: [(suffix: String, nanoseconds: UInt128)] = [
        // A longer suffix precedes those that it begins or ends with: "ms" comes before "m" and "s".
        ("ns", 1), ("us", 1000), ("µs", 1000), ("μs", 1000), ("ms", 1_000_000),
        ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    /// Go's durations are 64-bit counts of nanoseconds, and so is the largest value here.
    private static let limit = UInt128(Int64.max)

    /// Takes no sign, and no number without a unit except `0`.
    package static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text)
        var total: UInt128 = 0
        repeat {
            guard let part = Self.takePart(from: &rest), part <= Self.limit - total else { return nil }
            total += part
        } while !rest.isEmpty
        return .nanoseconds(Int64(total))
    }

    /// One number with its unit, in nanoseconds; at most `limit`.
    private static func takePart(from rest: inout Substring) -> UInt128? {
        let whole = Self.takeDigits(from: &rest)
        var fraction: Substring = ""
        if rest.first == "." {
            rest.removeFirst()
            fraction = Self.takeDigits(from: &rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty,
            let unit = Self.units.first(where: { rest.unicodeScalars.starts(with: $0.suffix.unicodeScalars) }),
            let count = whole.isEmpty ? 0 : UInt64(whole)
        else { return nil }
        rest.unicodeScalars.removeFirst(unit.suffix.unicodeScalars.count)

        var total = UInt128(count) * unit.nanoseconds
        // After thirteen digits, even a fraction of an hour is less than a nanosecond.
        var scale = unit.nanoseconds * 10_000_000_000_000
        var parts: UInt128 = 0
        for digit in fraction.utf8.prefix(13) {
            scale /= 10
            parts += UInt128(digit - UInt8(ascii: "0")) * scale
        }
        total += parts / 10_000_000_000_000
        return total <= Self.limit ? total : nil
    }

    private static func takeDigits(from rest: inout Substring) -> Substring {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest.removeFirst(digits.count)
        return digits
    }

    /// The shortest spelling that `parse` reads back: `1h30m`, not Go's own `1h30m0s`.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = attoseconds / 1_000_000_000
        if seconds == 0, nanoseconds > 0 {
            if nanoseconds < 1000 { return "\(nanoseconds)ns" }
            if nanoseconds < 1_000_000 { return Self.decimal(nanoseconds, places: 3) + "µs" }
            return Self.decimal(nanoseconds, places: 6) + "ms"
        }
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        var text = ""
        if hours > 0 { text += "\(hours)h" }
        if minutes > 0 { text += "\(minutes)m" }
        if rest > 0 || nanoseconds > 0 || text.isEmpty { text += Self.decimal(rest * 1_000_000_000 + nanoseconds, places: 9) + "s" }
        return text
    }

    /// `value` divided by ten to the power of `places`, without trailing zeros.
    private static func decimal(_ value: Int64, places: Int) -> String {
        var digits = String(value)
        if digits.count <= places { digits = String(repeating: "0", count: places + 1 - digits.count) + digits }
        let fraction = digits.suffix(places)
        let kept = fraction.lastIndex { $0 != "0" }.map { fraction[...$0] } ?? ""
        return digits.dropLast(places) + (kept.isEmpty ? "" : "." + kept)
    }
}
