#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The limit on open files, which is the limit on connections: of this process and of the server that it starts.
package enum OpenFileLimit {
    #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif

    /// Raises the soft limit as far as the hard one allows and answers what is in force.
    package static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(self.resource, &limit) == 0 else { return 1024 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        #if canImport(Darwin)
        // Above OPEN_MAX macOS refuses, whatever the hard limit says.
        raised.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
        #endif
        if raised.rlim_cur > limit.rlim_cur, setrlimit(self.resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
