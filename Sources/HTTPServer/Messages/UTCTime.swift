package import NIOCore

/// A second of the UTC calendar, and how it is written.
package struct UTCTime: Sendable, Equatable {
    package let year: Int
    package let month: Int
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int
    /// From Sunday, 0.
    package let weekday: Int

    /// The end of the year 9999: a later one would not fit into the formats.
    private static let last = 253_402_300_799.0

    /// Seconds since 1970; fractions are dropped, and what lies outside the years 1970 to 9999 becomes the nearest second inside.
    package init(unixSeconds: Double) {
        // A comparison with something that is no number is false.
        let inside = unixSeconds >= 0 ? Int(min(unixSeconds, Self.last)) : 0
        let days = inside / 86_400
        let rest = inside % 86_400
        self.hour = rest / 3_600
        self.minute = rest / 60 % 60
        self.second = rest % 60
        // The first of January 1970 was a Thursday.
        self.weekday = (days + 4) % 7
        // Years are counted from the first of March, so that the leap day is a year's last; the first of March of year 0 is 719,468 days
        // before 1970, and 400 years, an era, have 146,097 days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Months from March have 31, 30, 31, 30, 31 days, and so on: 153 in five of them.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }

    /// Bytes of a timestamp.
    package static let timestampLength = 20

    /// RFC 3339, as in `2026-01-31T12:00:00Z`.
    package func writeTimestamp(into buffer: inout ByteBuffer) {
        // In three writes: each costs far more than to put the characters of one together.
        let (dash, colon) = (UInt64(UInt8(ascii: "-")), UInt64(UInt8(ascii: ":")))
        let year = Self.two(self.year / 100) << 48 | Self.two(self.year % 100) << 32
        buffer.writeInteger(year | dash << 24 | Self.two(self.month) << 8 | dash)
        let day = Self.two(self.day) << 48 | UInt64(UInt8(ascii: "T")) << 40
        buffer.writeInteger(day | Self.two(self.hour) << 24 | colon << 16 | Self.two(self.minute))
        buffer.writeInteger(UInt32(truncatingIfNeeded: colon << 24 | Self.two(self.second) << 8 | UInt64(UInt8(ascii: "Z"))))
    }

    /// RFC 9110's IMF-fixdate, as in `Sat, 31 Jan 2026 12:00:00 GMT`.
    package func writeHTTPDate(into buffer: inout ByteBuffer) {
        buffer.writeString(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][self.weekday])
        buffer.writeStaticString(", ")
        Self.writeTwo(self.day, into: &buffer)
        buffer.writeInteger(UInt8(ascii: " "))
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        buffer.writeString(months[self.month - 1])
        buffer.writeInteger(UInt8(ascii: " "))
        Self.writeTwo(self.year / 100, into: &buffer)
        Self.writeTwo(self.year % 100, into: &buffer)
        buffer.writeInteger(UInt8(ascii: " "))
        self.writeClock(into: &buffer)
        buffer.writeStaticString(" GMT")
    }

    private func writeClock(into buffer: inout ByteBuffer) {
        Self.writeTwo(self.hour, into: &buffer)
        buffer.writeInteger(UInt8(ascii: ":"))
        Self.writeTwo(self.minute, into: &buffer)
        buffer.writeInteger(UInt8(ascii: ":"))
        Self.writeTwo(self.second, into: &buffer)
    }

    /// `number` is below 100.
    private static func writeTwo(_ number: Int, into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt16(truncatingIfNeeded: Self.two(number)))
    }

    /// Two digits, one byte each.
    private static func two(_ number: Int) -> UInt64 { UInt64(truncatingIfNeeded: 0x3030 + (number / 10) * 256 + number % 10) }
}
