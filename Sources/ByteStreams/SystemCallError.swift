#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A system call that failed, and why.
package struct SystemCallError: Error, CustomStringConvertible {
    package let call: String
    package let code: CInt

    package init(_ call: String, code: CInt = errno) {
        self.call = call
        self.code = code
    }

    package var description: String { "\(self.call): \(self.reason)" }

    package var reason: String { String(cString: strerror(self.code)) }
}
