/// Why something a client relied on did not happen.
package enum LoadFailure: Error, CustomStringConvertible {
    case timedOut(String)
    /// The connection ended, or was never made.
    case ended(String)
    /// The server did what it should not.
    case unexpected(String)

    package var description: String {
        switch self {
        case .timedOut(let what): "timed out waiting for \(what)"
        case .ended(let how): "the connection ended: \(how)"
        case .unexpected(let what): "unexpected: \(what)"
        }
    }
}
