import HTTPServer
import NIOCore
import Testing

@Suite struct UTCTimeTests {
    private func text(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        write(&buffer)
        return String(buffer: buffer)
    }

    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_827_696.0, "2000-02-29T12:34:56Z", "Tue, 29 Feb 2000 12:34:56 GMT"),
        (1_709_164_800.0, "2024-02-29T00:00:00Z", "Thu, 29 Feb 2024 00:00:00 GMT"),
        (1_769_860_800.0, "2026-01-31T12:00:00Z", "Sat, 31 Jan 2026 12:00:00 GMT"),
        (1_798_761_599.999, "2026-12-31T23:59:59Z", "Thu, 31 Dec 2026 23:59:59 GMT"),
        (1_798_761_600.0, "2027-01-01T00:00:00Z", "Fri, 01 Jan 2027 00:00:00 GMT"),
        (4_107_542_399.0, "2100-02-28T23:59:59Z", "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400.0, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799.0, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        // What no calendar of four digits has: the clock is wrong, and the server goes on.
        (-1.0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1e300, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        (.infinity, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        (.nan, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ])
    func aMomentIsSpelledInUTC(unixSeconds: Double, timestamp: String, date: String) {
        let time = UTCTime(unixSeconds: unixSeconds)
        let written = self.text(time.writeTimestamp)
        #expect(written == timestamp && written.utf8.count == UTCTime.timestampLength)
        #expect(self.text(time.writeHTTPDate) == date)
    }

    /// Every day of four centuries, which is after what the calendar repeats itself.
    @Test func aDayFollowsTheOther() {
        var previous = UTCTime(unixSeconds: 0)
        for day in 1..<146_097 {
            let time = UTCTime(unixSeconds: Double(day) * 86_400)
            let isNextDay = time.month == previous.month && time.year == previous.year && time.day == previous.day + 1
            let isLeap = previous.year % 4 == 0 && (previous.year % 100 != 0 || previous.year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            let isNextMonth = time.day == 1 && previous.day == lengths[previous.month - 1] && time.month == previous.month % 12 + 1
            let isYear = time.year == previous.year + (isNextMonth && time.month == 1 ? 1 : 0)
            guard (isNextDay || isNextMonth) && isYear && time.weekday == (previous.weekday + 1) % 7 else {
                Issue.record("behind \(previous) comes \(time)")
                return
            }
            previous = time
        }
    }

    @Test func theDateLineMovesOnWithTheSecond() {
        let line = DateLine()
        func date(_ unixSeconds: Double) -> String {
            var buffer = ByteBuffer()
            line.write(at: unixSeconds, into: &buffer)
            return String(buffer: buffer)
        }
        #expect(date(59.999) == "\r\nDate: Thu, 01 Jan 1970 00:00:59 GMT")
        #expect(date(60.0) == "\r\nDate: Thu, 01 Jan 1970 00:01:00 GMT")
        #expect(date(60.9) == "\r\nDate: Thu, 01 Jan 1970 00:01:00 GMT")
        // A wall clock may be set back.
        #expect(date(0.5) == "\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT")
    }
}
