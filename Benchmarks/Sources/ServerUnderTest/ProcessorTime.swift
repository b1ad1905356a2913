#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Seconds of CPU that a process has used.
package struct ProcessorTime: Equatable, Sendable {
    package var user: Double
    package var system: Double
    /// The scheduler's count. It has nanoseconds where the other two have hundredths of a second, but is kept by thread: one that has ended
    /// is missing there.
    private var scheduled: Double?

    package var total: Double {
        let coarse = self.user + self.system
        guard let scheduled = self.scheduled, scheduled >= 0, scheduled > coarse - 0.1 else { return coarse }
        return scheduled
    }

    /// Nil for a process that is gone, and where there is no /proc.
    package init?(pid: Int32) {
        guard let stat = ProcFile.text("/proc/\(pid)/stat"), let ticks = Self.ticks(stat) else { return nil }
        let scale = Double(sysconf(Int32(_SC_CLK_TCK)))
        self.init(user: ticks.user / scale, system: ticks.system / scale, scheduled: Self.scheduled(pid))
    }

    init(user: Double, system: Double, scheduled: Double? = nil) {
        self.user = user
        self.system = system
        self.scheduled = scheduled
    }

    package static let zero = ProcessorTime(user: 0, system: 0)

    /// The calling process's own.
    package static var own: ProcessorTime {
        var usage = rusage()
        #if canImport(Glibc)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
        getrusage(RUSAGE_SELF, &usage)
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ProcessorTime(user: seconds(usage.ru_utime), system: seconds(usage.ru_stime))
    }

    /// Of several processes together; nil of none.
    package static func sum(_ times: [ProcessorTime]) -> ProcessorTime? {
        guard var sum = times.first else { return nil }
        for time in times.dropFirst() {
            sum.user += time.user
            sum.system += time.system
            if let one = sum.scheduled, let other = time.scheduled { sum.scheduled = one + other } else { sum.scheduled = nil }
        }
        return sum
    }

    package static func - (later: ProcessorTime, earlier: ProcessorTime) -> ProcessorTime {
        // Each kind of count from its own: the two kinds are further apart than what a quiet process uses between two moments.
        var scheduled: Double?
        if let after = later.scheduled, let before = earlier.scheduled { scheduled = after - before }
        return ProcessorTime(user: later.user - earlier.user, system: later.system - earlier.system, scheduled: scheduled)
    }

    static func ticks(_ stat: String) -> (user: Double, system: Double)? {
        // The command's name may hold spaces, but what follows it is fields alone.
        guard let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[close...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
        return (user, system)
    }

    private static func scheduled(_ pid: Int32) -> Double? {
        guard let threads = ProcFile.entries("/proc/\(pid)/task") else { return nil }
        var nanoseconds = 0.0
        for thread in threads {
            guard let text = ProcFile.text("/proc/\(pid)/task/\(thread)/schedstat"), let field = text.split(separator: " ").first,
                let time = Double(field)
            else { return nil }
            nanoseconds += time
        }
        return nanoseconds / 1e9
    }
}
