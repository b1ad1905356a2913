/// When a session comes back after it has lost its connection, and when it does not.
package enum Backoff {
    private static let first = 0.5
    private static let longest = 20.0

    /// Exponential backoff with full jitter: a random time up to a limit that doubles, so that clients do not all come back at once.
    /// `random` is from 0 to 1.
    package static func delay(attempt: Int, random: Double) -> Duration {
        var limit = Self.first
        for _ in 1..<max(attempt, 1) where limit < Self.longest { limit *= 2 }
        return .milliseconds(Int64((min(limit, Self.longest) * random * 1000).rounded()))
    }

    /// Errors after which another attempt would fail in the same way.
    private static let final: Set<ClientError.Code> = [
        .roomInvalid, .originRefused, .tokenRefused, .sideBusy, .replaced, .messageTooBig, .tooManyRefusals, .protocolError,
    ]

    package static func comesBack(_ error: ClientError) -> Bool { !Self.final.contains(error.code) }

    /// Of what the server has named. No honest one names more.
    static func patience(_ named: Duration) -> Duration { min(named, .seconds(86_400)) }
}
