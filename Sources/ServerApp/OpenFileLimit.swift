#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The process's limit on open files, which is the limit on connections.
enum OpenFileLimit {
    #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif

    /// Raises the soft limit as far as the hard one allows, and returns the limit in force.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(self.resource, &limit) == 0 else { return 1024 }
        var raised = limit
        #if os(macOS)
        // macOS refuses more than OPEN_MAX, whatever the hard limit is.
        raised.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
        #else
        raised.rlim_cur = limit.rlim_max
        #endif
        if raised.rlim_cur > limit.rlim_cur, setrlimit(self.resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
