import RawLoad
import ServerUnderTest

/// What the server says it keeps.
struct StoreGauges: Equatable {
    var codes: Int
    var rooms: Int
    var items: Int
    /// Changes that its file does not have yet.
    var pending: Int

    private static let patience: UInt64 = 10_000_000_000

    init(_ page: MetricsText) throws {
        func gauge(_ name: String) throws -> Int {
            guard let value = page[name].flatMap({ Int(exactly: $0) }) else { throw RawFailure.gaveUp("/metrics has no \(name)") }
            return value
        }
        self.codes = try gauge("nt_codes_active")
        self.rooms = try gauge("nt_rooms_kept")
        self.items = try gauge("nt_mailbox_messages")
        self.pending = try gauge("nt_store_pending")
    }

    /// Once the file has everything.
    static func settled(_ loop: RawLoop) throws -> StoreGauges {
        let deadline = MonotonicClock.now + self.patience
        while true {
            let gauges = try StoreGauges(PageRequest.metrics(loop))
            if gauges.pending == 0 { return gauges }
            guard MonotonicClock.now < deadline else { throw RawFailure.gaveUp("the store still has \(gauges.pending) changes to write") }
            try loop.run(seconds: 0.05)
        }
    }

    var isEmpty: Bool { self.codes == 0 && self.rooms == 0 && self.pending == 0 }
}
