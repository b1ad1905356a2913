package import ByteStreams

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The socket that a service manager has opened for this process, as systemd passes it (sd_listen_fds(3)).
///
/// The variables stay where they are: other threads may be reading the environment, and they name this process, which starts no other.
package enum InheritedListener {
    /// Nil if nothing was passed to this process. The descriptor must not be anybody else's.
    package static func find(
        _ variable: (String) -> String? = ServiceManager.variable, descriptor: CInt = 3
    ) throws(StartupError) -> ListeningSocket? {
        // Meant for a process that has left them in the environment of this one.
        guard variable("LISTEN_PID").flatMap({ Int($0) }) == Int(getpid()), let text = variable("LISTEN_FDS") else { return nil }
        guard let count = Int(text) else { throw StartupError("LISTEN_FDS: must be the number of sockets that the service manager passes") }
        guard count == 1 else {
            throw StartupError("LISTEN_FDS=\(count): this server takes one socket: put a single ListenStream= into the socket unit")
        }
        let socket: ListeningSocket?
        do { socket = try ListeningSocket.adopt(descriptor) } catch {
            throw StartupError("LISTEN_FDS=1: the socket that was passed cannot be used: \(error)")
        }
        guard let socket else {
            throw StartupError(
                "LISTEN_FDS=1: what was passed is no TCP socket that listens: ListenStream= must name a port, and Accept= must be no")
        }
        return socket
    }
}
