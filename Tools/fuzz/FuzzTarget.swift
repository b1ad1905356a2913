/// One part of the server that takes bytes from strangers, with what must hold for any of them.
struct FuzzTarget: Sendable {
    /// Throws a `Finding` where a property does not hold. A crash is a finding too.
    typealias Check = (_ input: [UInt8]) throws -> Void

    let name: String
    let summary: String
    /// Longer inputs find nothing that shorter ones do not, and cost time.
    let maxLength: Int
    /// About ten seconds' worth on one core, for the search whose outcome must not depend on luck.
    let briefRuns: Int
    /// Sets up what the inputs share.
    let makeCheck: @Sendable () -> Check

    static let all: [FuzzTarget] = [
        .websocket, .envelope, .query, .http, .proxy, .redeem, .configuration, .resp, .passthrough, .ice, .stun, .client,
        .turn, .certificate,
    ]

    static func named(_ name: String) -> FuzzTarget? { self.all.first { $0.name == name } }
}
