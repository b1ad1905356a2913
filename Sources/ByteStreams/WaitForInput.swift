#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The index of the first descriptor that has input or has ended; nil when the time is up. For threads of their own: no event loop may wait
/// like that.
package func waitForInput(at descriptors: [CInt], until end: ContinuousClock.Instant? = nil) -> Int? {
    while true {
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // Rounded up, so that the wait does not end too early and begin again without end.
        let milliseconds = end.map { CInt(max(0, min(($0 - .now) / .milliseconds(1), 1e9)).rounded(.up)) } ?? -1
        let count = poll(&polled, nfds_t(polled.count), milliseconds)
        if count > 0 { return polled.firstIndex { $0.revents != 0 } }
        if let end, end <= .now { return nil }
    }
}
