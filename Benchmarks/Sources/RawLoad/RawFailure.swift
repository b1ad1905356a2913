#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Why a run cannot go on.
package enum RawFailure: Error, Equatable, CustomStringConvertible {
    case system(String, Int32)
    case gaveUp(String)

    package var description: String {
        switch self {
        case .system(let call, let number): "\(call): \(Self.text(number))"
        case .gaveUp(let why): why
        }
    }

    /// Nobody listens.
    package static func isRefusal(_ number: Int32) -> Bool { number == ECONNREFUSED }

    package static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
