import LoadClients

/// What a run is to do.
struct SoakPlan: Sendable {
    var seconds: Double
    /// Sessions begun a second; all else is in proportion.
    var rate: Double
    /// Pairs of clients that stay and relay, and frames a second each of their sides sends.
    var pairs: Int
    var pairRate: Double
    var seed: UInt64
    /// The server's settings.
    var roomTTL: Double
    var heartbeat: Double
    var readHeaderTimeout = 5.0
    var redeemFailuresPerMinute = 30
    var progressSeconds = 5.0

    /// The longest that a client waits for anything: the server's own longest wait, and a machine that has other things to do.
    var patience: Double { 30 + 4 * self.heartbeat + self.roomTTL }
}
