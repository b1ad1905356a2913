import NetworkAddresses
import TimeKeeping

/// Where a request comes from, and whom limits take that for.
struct Origin {
    let address: ClientAddress
    /// Of IPv6 addresses those of a /64 are one client's.
    let client: Int

    /// Some clients share an address, and some a network.
    init(client: Int) {
        self.client = client % 16
        self.address =
            self.client < 12
            ? .v4(0xC000_0200 | UInt32(self.client)) : .v6(high: 0x2001_0DB8_0000_0000 | UInt64(self.client), low: UInt64(client))
    }

    /// One that nobody had before.
    init(newcomer number: Int) {
        self.client = 16 + number
        self.address = .v4(0x0A00_0000 + UInt32(number))
    }
}

/// A limit as the contract has it: so many events of a client in a minute that begins with its first one.
struct LimitModel {
    /// 0: none.
    let limit: Int
    /// Refused for coming too often.
    private(set) var refusals = 0
    private var windows: [Int: (end: MonotonicTime, count: Int)] = [:]

    init(limit: Int) { self.limit = limit }

    /// Counts an event, unless it is one too many: then, what is left of the minute.
    mutating func admit(_ origin: Origin, now: MonotonicTime) -> TimeSpan? {
        if let wait = self.refuse(origin, now: now) { return wait }
        self.count(origin, now: now)
        return nil
    }

    /// What is left of the minute for a client that has used up its events.
    mutating func refuse(_ origin: Origin, now: MonotonicTime) -> TimeSpan? {
        guard self.limit > 0, let window = self.windows[origin.client], now < window.end, window.count >= self.limit else { return nil }
        self.refusals += 1
        return window.end - now
    }

    mutating func count(_ origin: Origin, now: MonotonicTime) {
        var window = self.windows[origin.client] ?? (now + .minutes(1), 0)
        if now >= window.end { window = (now + .minutes(1), 0) }
        window.count += 1
        self.windows[origin.client] = window
    }
}
