#if os(Linux)
import CLinux
#endif

/// On which CPU a thread runs. Threads and processes that it starts inherit that.
package enum Affinity {
    /// False where the system does not know of it, or has no such CPU.
    @discardableResult package static func pinThisThread(to cpu: UInt32) -> Bool {
        #if os(Linux)
        return linux_pin_this_thread(cpu) == 0
        #else
        return false
        #endif
    }

    /// Whether there is one CPU for the server and one for the generator.
    package static var canSeparate: Bool {
        #if os(Linux)
        return sysconf(Int32(_SC_NPROCESSORS_ONLN)) >= 2
        #else
        return false
        #endif
    }
}
