/// Where a pairing gets fresh STUN and TURN servers from, once the credentials of the room's have expired: before an ICE restart of its own,
/// and before it answers one of the other side's.
public struct ICEServerRenewal: Sendable {
    /// Fresh servers; `expireIn` is nil if they stay good.
    public typealias Fetch = @Sendable () async throws -> (servers: [ICEServer], expireIn: Duration?)

    /// How long the first servers are good, from the pairing's beginning; nil if they stay so.
    public var expireIn: Duration?
    /// After this time there are servers to be had, which there were not at first.
    public var retryAfter: Duration?
    /// Takes no longer than 5 s, or the pairing goes on with what it has.
    public var fetch: Fetch

    public init(expireIn: Duration?, retryAfter: Duration? = nil, fetch: @escaping Fetch) {
        self.expireIn = expireIn
        self.retryAfter = retryAfter
        self.fetch = fetch
    }

    /// Those that the service names for a room. Its times count from the response, so the pairing should begin soon after that; with a room
    /// that was kept for longer, `expireIn` is set to zero.
    public init(for room: Room, by service: SignalingService) {
        self.init(expireIn: room.iceServersExpireInMs.map(Duration.span), retryAfter: room.iceServersRetryAfterMs.map(Duration.span)) {
            let fresh = try await service.iceServers(for: room)
            return (fresh.servers, fresh.expireInMs.map(Duration.span))
        }
    }
}

extension Duration {
    /// A year is as good as for ever.
    private static let longestMs: UInt64 = 365 * 86_400_000

    fileprivate static func span(_ milliseconds: UInt64) -> Duration { .milliseconds(Int64(min(milliseconds, Self.longestMs))) }
}

/// When the servers of a pairing are to be renewed.
struct ICEServerLife: Sendable {
    /// Credentials count as expired this much earlier, since a relay has to be allocated with them first.
    private static let margin = Duration.seconds(30)
    /// A server that answers at once is not asked without end.
    private static let leastPause = Duration.seconds(1)

    /// Fresh ones are needed for whatever finds candidates next.
    private(set) var isDue: Bool
    /// There were none at first: as soon as there are, they are of use to an attempt that goes on.
    private(set) var isLate: Bool
    /// Until they are needed; nil if never.
    let span: Duration?

    init(_ renewal: ICEServerRenewal?) {
        self.isLate = renewal?.retryAfter != nil
        self.span = renewal?.retryAfter ?? renewal?.expireIn.map(Self.withMargin)
        self.isDue = self.span == .zero
    }

    private static func withMargin(_ span: Duration) -> Duration { max(.zero, span - Self.margin) }

    mutating func elapsed() { self.isDue = true }

    /// Returns how long it is until the next time; nil if that is now, or never.
    mutating func ended(_ result: EngineResult) -> Duration? {
        switch result {
        case .renewed(let expireIn):
            let span = expireIn.map(Self.withMargin)
            self.isDue = span == .zero
            self.isLate = false
            return span
        case .notRenewed(let retryAfter):
            self.isDue = retryAfter == nil
            return retryAfter.map { max($0, Self.leastPause) }
        default: return nil
        }
    }
}
