/// How long a client waits before it tries again.
enum Backoff: CustomStringConvertible {
    /// A random part of a second, of two after the first failure, and so on up to eight.
    case jittered
    case fixed

    private static let first = 1.0
    private static let most = 8.0
    private static let interval = 0.5

    func seconds(afterFailures failures: Int, using random: inout some RandomNumberGenerator) -> Double {
        switch self {
        case .jittered: Double.random(in: 0..<min(Self.most, Self.first * Double(1 << min(failures, 10))), using: &random)
        case .fixed: Self.interval
        }
    }

    var description: String {
        switch self {
        case .jittered: "clients wait a random time, longer with each failure"
        case .fixed: "clients try every half second, all at once"
        }
    }
}
