/// What clients do, and how often: `share` is the number of arrivals for each pairing session.
enum Mix {
    struct Entry: Sendable {
        var name: String
        var share: Double
        var run: @Sendable (isolated Soak, Cast) async throws -> Void
    }

    static let all: [Entry] = [
        // What most clients do.
        Entry(name: "session", share: 1) { try await $0.session($1) },
        Entry(name: "mailbox", share: 0.15) { try await $0.mailbox($1) },
        Entry(name: "mailbox-full", share: 0.004) { try await $0.mailboxFull($1) },
        Entry(name: "held-overflow", share: 0.02) { try await $0.heldOverflow($1) },
        // Two connections for one side.
        Entry(name: "takeover", share: 0.1) { try await $0.takeover($1) },
        Entry(name: "takeover-midstream", share: 0.05) { try await $0.takeoverMidstream($1) },
        Entry(name: "challenge", share: 0.06) { try await $0.challenge($1) },
        Entry(name: "eviction", share: 0.03) { try await $0.eviction($1) },
        // Codes.
        Entry(name: "abandoned-code", share: 0.1) { try await $0.abandonedCode($1) },
        Entry(name: "wrong-guess", share: 0.1) { try await $0.wrongGuess($1) },
        Entry(name: "guess-burst", share: 0.01) { try await $0.guessBurst($1) },
        Entry(name: "race-for-a-code", share: 0.05) { try await $0.raceForCode($1) },
        // Rude clients.
        Entry(name: "reset", share: 0.05) { try await $0.reset($1) },
        Entry(name: "reset-mid-upgrade", share: 0.03) { try await $0.resetMidUpgrade($1) },
        Entry(name: "cut", share: 0.05) { try await $0.cut($1) },
        Entry(name: "silent", share: 0.02) { try await $0.silent($1) },
        Entry(name: "violation", share: 0.06) { try await $0.violation($1) },
        Entry(name: "bad-frames", share: 0.04) { try await $0.badFrames($1) },
        Entry(name: "telemetry-flood", share: 0.01) { try await $0.telemetryFlood($1) },
        Entry(name: "half-request", share: 0.04) { try await $0.halfRequest($1) },
        Entry(name: "odd-request", share: 0.06) { try await $0.oddRequest($1) },
        // Slow readers.
        Entry(name: "slow-reader", share: 0.01) { try await $0.slowReader($1) },
        Entry(name: "stalled-reader", share: 0.006) { try await $0.stalledReader($1) },
    ]
}
