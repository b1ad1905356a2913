import NetworkAddresses
import TimeKeeping

/// Where a request comes from, and whom limits take that for.
struct Origin {
    /// A network that counts as one; with it, how many times as much it may do as one client.
    struct Network {
        let name: String
        let factor: Int
    }

    let address: ClientAddress
    /// Of IPv6 addresses those of a /64 are one client's.
    let client: Int
    /// From the client's own outwards.
    let networks: [Network]

    /// Some clients share an address; twelve are in one IPv4 /24, eighteen in three /56 of one IPv6 /48.
    init(client: Int) {
        self.client = client % 30
        let own = Network(name: "client \(self.client)", factor: 1)
        if self.client < 12 {
            self.address = .v4(0xC000_0200 | UInt32(self.client))
            self.networks = [own, Network(name: "the /24", factor: 8)]
        } else {
            let (subnet, host) = ((self.client - 12) / 6, (self.client - 12) % 6)
            self.address = .v6(high: 0x2001_0DB8_0000_0000 | UInt64(subnet) << 8 | UInt64(host), low: UInt64(client))
            self.networks = [own, Network(name: "the /56 \(subnet)", factor: 4), Network(name: "the /48", factor: 8)]
        }
    }

    /// One that nobody had before.
    init(newcomer number: Int) {
        self.client = 30 + number
        self.address = .v4(0x0A00_0000 + UInt32(number))
        self.networks = [
            Network(name: "newcomer \(number)", factor: 1), Network(name: "the newcomers' /24 \(number >> 8)", factor: 8),
        ]
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
