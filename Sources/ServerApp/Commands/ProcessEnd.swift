import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Ends the process at once, with the exit code that shells report for a program ended by this signal. Commands have their own `exit`,
/// which hides the C function.
func endProcess(_ signal: UnixSignal) -> Never {
    exit(128 + (signal == .sigint ? SIGINT : SIGTERM))
}
