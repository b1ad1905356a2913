import HTTPServer

/// A day of UTC, as in 2026-01-31.
enum Day {
    static func text(_ unixSeconds: Int64) -> String {
        let time = UTCTime(unixSeconds: Double(unixSeconds))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(time.year)-\(two(time.month))-\(two(time.day))"
    }
}
