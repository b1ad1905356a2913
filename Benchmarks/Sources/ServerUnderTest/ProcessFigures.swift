#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the kernel says of a process. Linux only: elsewhere, and for a process that is gone, there is none.
package struct ProcessFigures: Sendable {
    package var residentBytes: Int
    package var descriptors: Int
    package var cpuSeconds: Double

    package init?(pid: Int32) {
        guard let stat = Self.text("/proc/\(pid)/stat"), let statm = Self.text("/proc/\(pid)/statm"),
            let descriptors = Self.entries("/proc/\(pid)/fd"),
            // The command's name may hold spaces, but what follows it is fields alone.
            let close = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[close...].split(separator: " ")
        let pages = statm.split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]), pages.count > 1,
            let resident = Int(pages[1])
        else { return nil }
        self.residentBytes = resident * Int(sysconf(Int32(_SC_PAGESIZE)))
        self.cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        self.descriptors = descriptors
    }

    private static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func entries(_ path: String) -> Int? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // "." and ".." are entries too.
        return count - 2
    }
}

/// CPU time of all processes of the machine, and what its hypervisor kept: how busy it was with other things.
package struct MachineFigures: Sendable {
    package var busySeconds: Double
    package var stolenSeconds: Double
    package var totalSeconds: Double

    package init?() {
        let file = open("/proc/stat", O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(file, &bytes, bytes.count)
        guard count > 0, let line = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n").first else { return nil }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else { return nil }
        let scale = Double(sysconf(Int32(_SC_CLK_TCK)))
        self.totalSeconds = ticks.reduce(0, +) / scale
        self.stolenSeconds = ticks[7] / scale
        self.busySeconds = self.totalSeconds - (ticks[3] + ticks[4]) / scale
    }
}
