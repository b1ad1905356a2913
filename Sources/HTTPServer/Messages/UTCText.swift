#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Points in time as the wire spells them, always UTC and to the second.
enum UTCText {
    /// RFC 3339, as in `2026-01-31T12:00:00Z`.
    static func timestamp(_ unixSeconds: Double) -> String {
        let time = self.broken(unixSeconds)
        return "\(time.tm_year + 1900)-\(two(time.tm_mon + 1))-\(two(time.tm_mday))T\(self.clock(time))Z"
    }

    /// RFC 9110's IMF-fixdate, as in `Sat, 31 Jan 2026 12:00:00 GMT`.
    static func httpDate(_ unixSeconds: Double) -> String {
        let time = self.broken(unixSeconds)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = days[Int(time.tm_wday)]
        return "\(day), \(two(time.tm_mday)) \(months[Int(time.tm_mon)]) \(time.tm_year + 1900) \(self.clock(time)) GMT"
    }

    private static func clock(_ time: tm) -> String { "\(two(time.tm_hour)):\(two(time.tm_min)):\(two(time.tm_sec))" }

    private static func broken(_ unixSeconds: Double) -> tm {
        var seconds = time_t(unixSeconds)
        var time = tm()
        gmtime_r(&seconds, &time)
        return time
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// The `Date` header's value, made once a second.
struct DateCache {
    private var second = -1.0
    private var text = ""

    mutating func text(at unixSeconds: Double) -> String {
        let second = unixSeconds.rounded(.down)
        if second != self.second {
            self.second = second
            self.text = UTCText.httpDate(second)
        }
        return self.text
    }
}
