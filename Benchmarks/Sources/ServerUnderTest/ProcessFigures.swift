/// What the kernel says of a process. Linux only: elsewhere, and for a process that is gone, there is none.
package struct ProcessFigures: Sendable {
    package var residentBytes: Int
    package var descriptors: Int
    package var cpuSeconds: Double

    package init?(pid: Int32) {
        guard let memory = ProcessMemory(pid: pid), let time = ProcessorTime(pid: pid), let files = ProcFile.entries("/proc/\(pid)/fd")
        else { return nil }
        self.residentBytes = memory.resident
        self.cpuSeconds = time.total
        self.descriptors = files.count
    }
}
