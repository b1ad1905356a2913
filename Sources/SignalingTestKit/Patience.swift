#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// For how long tests wait for what has to come about. A sanitizer makes everything so slow that NT_PATIENCE has to say more.
package enum Patience {
    package static let seconds: Int64 = getenv("NT_PATIENCE").flatMap { Int64(String(cString: $0)) } ?? 30
}
