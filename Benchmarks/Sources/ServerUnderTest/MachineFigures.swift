#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// CPU time of all processes of the machine, and what its hypervisor kept: how busy it was with other things.
package struct MachineFigures: Sendable {
    package var busySeconds: Double
    package var stolenSeconds: Double
    package var totalSeconds: Double

    package init?() {
        guard let line = ProcFile.text("/proc/stat")?.split(separator: "\n").first else { return nil }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else { return nil }
        let scale = Double(sysconf(Int32(_SC_CLK_TCK)))
        self.totalSeconds = ticks.reduce(0, +) / scale
        self.stolenSeconds = ticks[7] / scale
        self.busySeconds = self.totalSeconds - (ticks[3] + ticks[4]) / scale
    }
}
