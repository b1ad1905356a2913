import ServerThreads

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A time of the wall clock, counted from 1970.
package struct WallTime: Sendable {
    package let seconds: Int
    package let milliseconds: Int

    package init(seconds: Int, milliseconds: Int) {
        self.seconds = seconds
        self.milliseconds = milliseconds
    }

    package static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: Int(time.tv_sec), milliseconds: Int(time.tv_nsec) / 1_000_000)
    }
}

/// Writes times, and computes the calendar once a second rather than once a line.
final class TimeStamper: Sendable {
    enum Style {
        /// `12:03:04.123`, in the machine's zone.
        case localClock
        /// `12:03:04.123`, in UTC.
        case utcClock
        /// `2026-01-31T12:03:04.123Z`
        case utcDate
    }

    private let style: Style
    private let cached: Monitor<(second: Int, text: [UInt8])>

    init(_ style: Style) {
        self.style = style
        self.cached = Monitor((second: .min, text: []))
        // Unlike localtime, localtime_r may not look up the time zone by itself.
        tzset()
    }

    func append(_ time: WallTime, to buffer: inout [UInt8]) {
        self.cached.withLock { cached in
            if cached.second != time.seconds { cached = (time.seconds, self.text(of: time.seconds)) }
            buffer += cached.text
        }
        buffer.append(UInt8(ascii: "."))
        buffer.append(number: time.milliseconds, digits: 3)
        if case .utcDate = self.style { buffer.append(UInt8(ascii: "Z")) }
    }

    private func text(of seconds: Int) -> [UInt8] {
        var moment = time_t(seconds)
        var parts = tm()
        switch self.style {
        case .localClock: localtime_r(&moment, &parts)
        case .utcClock, .utcDate: gmtime_r(&moment, &parts)
        }
        var text: [UInt8] = []
        if case .utcDate = self.style {
            text.append(number: Int(parts.tm_year) + 1900, digits: 4)
            text.append(UInt8(ascii: "-"))
            text.append(number: Int(parts.tm_mon) + 1, digits: 2)
            text.append(UInt8(ascii: "-"))
            text.append(number: Int(parts.tm_mday), digits: 2)
            text.append(UInt8(ascii: "T"))
        }
        text.append(number: Int(parts.tm_hour), digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(number: Int(parts.tm_min), digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(number: Int(parts.tm_sec), digits: 2)
        return text
    }
}

extension [UInt8] {
    /// The last `digits` digits of a number that is not negative.
    fileprivate mutating func append(number: Int, digits: Int) {
        var scale = (1..<digits).reduce(1) { scale, _ in scale * 10 }
        while scale > 0 {
            self.append(UInt8(ascii: "0") + UInt8(number / scale % 10))
            scale /= 10
        }
    }
}
