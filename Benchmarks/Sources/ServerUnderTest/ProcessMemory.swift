/// Bytes of memory that a process holds: all, what is no file's, and the most it ever held.
package struct ProcessMemory: Equatable, Sendable {
    package var resident: Int
    package var anonymous: Int
    package var peak: Int

    package init(resident: Int, anonymous: Int, peak: Int) {
        self.resident = resident
        self.anonymous = anonymous
        self.peak = peak
    }

    /// Nil for a process that is gone, and where there is no /proc.
    package init?(pid: Int32) {
        guard let status = ProcFile.text("/proc/\(pid)/status") else { return nil }
        self.init(status: status)
    }

    /// Of several processes together; nil of none. Their peaks need not have been at one time.
    package static func sum(_ memories: [ProcessMemory]) -> ProcessMemory? {
        guard var sum = memories.first else { return nil }
        for memory in memories.dropFirst() {
            sum.resident += memory.resident
            sum.anonymous += memory.anonymous
            sum.peak += memory.peak
        }
        return sum
    }

    init?(status: String) {
        var values: [Substring: Int] = [:]
        for line in status.split(separator: "\n") where line.hasSuffix(" kB") {
            let fields = line.split { $0 == " " || $0 == "\t" || $0 == ":" }
            if fields.count == 3, let kibibytes = Int(fields[1]) { values[fields[0]] = kibibytes * 1024 }
        }
        guard let resident = values["VmRSS"], let anonymous = values["RssAnon"], let peak = values["VmHWM"] else { return nil }
        self.init(resident: resident, anonymous: anonymous, peak: peak)
    }
}
