import LoadClients

/// A count that may not be known exactly: at least `sure`, at most `sure + possible`.
struct Count: Equatable {
    var sure = 0
    var possible = 0
}

/// What the generator did and what it saw, in the terms of the server's metrics. What clients sent is in `sent`, which they keep
/// themselves.
final class Ledger {
    let sent = SentAccount()

    // HTTP
    /// By route, then status, as in `nt_http_requests_total`.
    private(set) var http: [String: [Int: Int]] = [:]
    var minted = 0
    /// By result.
    private(set) var redeemed: [String: Int] = [:]
    var rateLimited: [String: Int] = [:]

    // Connections
    var connections = Count()
    /// By close code.
    private(set) var closed: [Int: Count] = [:]
    /// Connections that ended in a way that does not tell what the server made of it.
    private(set) var closedSomehow = 0

    // Frames that went through
    /// By kind; what the server handed on and a client received.
    private(set) var received = [Int](repeating: 0, count: FrameKind.allCases.count)
    private(set) var receivedBytes = [Int](repeating: 0, count: FrameKind.allCases.count)
    /// What the server may have handed on and nobody received, for a reason.
    private(set) var writtenOff = [Int](repeating: 0, count: FrameKind.allCases.count)
    private(set) var writtenOffBytes = [Int](repeating: 0, count: FrameKind.allCases.count)

    // Sessions
    /// By mode, by reason.
    private(set) var established: [String: Count] = [:]
    private(set) var failed: [String: Count] = [:]

    // Faults
    private(set) var lost = 0
    private(set) var duplicated = 0
    private(set) var strange = 0
    private(set) var violationCount = 0
    /// The first of them.
    private(set) var violations: [String] = []
    /// What went wrong while the generator itself was held up for so long that the server could not know better.
    private(set) var excused: [String] = []

    private static let mostKept = 40

    // MARK: - Entering

    func answered(_ route: String, _ status: Int) { self.http[route, default: [:]][status, default: 0] += 1 }

    func redeemed(_ result: String) { self.redeemed[result, default: 0] += 1 }

    func closed(_ code: Int) { self.closed[code, default: Count()].sure += 1 }

    func closedPossibly(_ code: Int) { self.closed[code, default: Count()].possible += 1 }

    func closedUnknown() { self.closedSomehow += 1 }

    func received(_ kind: FrameKind, bytes: Int) {
        self.received[kind.rawValue] += 1
        self.receivedBytes[kind.rawValue] += bytes
    }

    func wroteOff(_ kind: FrameKind, bytes: Int) {
        self.writtenOff[kind.rawValue] += 1
        self.writtenOffBytes[kind.rawValue] += bytes
    }

    func established(_ mode: String, isSure: Bool) {
        if isSure { self.established[mode, default: Count()].sure += 1 } else { self.established[mode, default: Count()].possible += 1 }
    }

    func failed(_ reason: String, isSure: Bool) {
        if isSure { self.failed[reason, default: Count()].sure += 1 } else { self.failed[reason, default: Count()].possible += 1 }
    }

    // MARK: - Faults

    func lost(_ count: Int, _ where: String) {
        self.lost += count
        self.violation("\(count) frames lost: \(`where`)")
    }

    func duplicated(_ where: String) {
        self.duplicated += 1
        self.violation("a frame came twice, or late: \(`where`)")
    }

    func strange(_ where: String) {
        self.strange += 1
        self.violation("a frame that nobody sent like this: \(`where`)")
    }

    func violation(_ what: String) {
        self.violationCount += 1
        if self.violations.count < Self.mostKept { self.violations.append(what) }
    }

    func excuse(_ what: String) { self.excused.append(what) }

    var framesReceived: Int { self.received.reduce(0, +) }
}
