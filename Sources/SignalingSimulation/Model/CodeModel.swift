import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// Codes as the contract describes them.
struct CodeModel {
    enum Outcome { case redeemed(RoomID, lifetime: TimeSpan), gone }

    /// Those that have expired stay here until they must have been swept.
    private(set) var live: [Code: (room: RoomID, expires: MonotonicTime, client: ClientAddress)] = [:]
    private(set) var minted = 0
    private(set) var redeemed = 0
    private(set) var gone = 0
    /// Requests for what their sender had redeemed before.
    var repeated = 0
    /// Redemptions that may be repeated under the name that each has.
    private(set) var recent: [Redemption] = []
    /// Mints that found no code free.
    var exhausted = 0
    /// Alarms for guessing that the server has given.
    var alarms = 0
    /// Codes to try again: used, expired or live.
    private(set) var known: [Code] = []

    mutating func mint(_ code: Code, room: RoomID, lifetime: TimeSpan, client: ClientAddress, now: MonotonicTime) -> String? {
        if let other = self.live[code], now < other.expires { return "code \(code.text) was minted while it was live" }
        self.live[code] = (room, now + lifetime, client)
        self.minted += 1
        if self.known.count < 512 { self.known.append(code) } else { self.known[self.minted % 512] = code }
        return nil
    }

    mutating func redeem(_ code: Code, _ result: Outcome, now: MonotonicTime) -> String? {
        let entry = self.live[code].flatMap { now < $0.expires ? $0 : nil }
        switch result {
        case .redeemed(let room, let lifetime):
            guard let entry else { return "code \(code.text) was redeemed though it was used, expired or never minted" }
            guard entry.room == room else { return "code \(code.text) led to another room" }
            guard entry.expires == now + lifetime else { return "code \(code.text) had another life left than was said" }
            self.live[code] = nil
            self.redeemed += 1
        case .gone:
            if entry != nil { return "code \(code.text) was refused though it was live" }
            self.gone += 1
        }
        return nil
    }

    /// What is left of a live code's life.
    func life(of code: Code, now: MonotonicTime) -> TimeSpan {
        self.live[code].map { max($0.expires - now, .seconds(0)) } ?? .seconds(0)
    }

    struct Redemption {
        var code: Code
        var id: RedeemID
        var room: RoomID
        var expiresAt: Double
        var at: MonotonicTime
    }

    mutating func remember(_ code: Code, _ id: RedeemID, _ room: RoomID, expiresAt: Double, now: MonotonicTime) {
        self.recent.removeAll { now - $0.at >= .seconds(30) }
        self.recent.append(Redemption(code: code, id: id, room: room, expiresAt: expiresAt, at: now))
    }

    /// What whoever redeemed this under this name within half a minute is told again.
    func repetition(of presented: Rendezvous.PresentedCode, now: MonotonicTime) -> Rendezvous.Redeemed? {
        guard case .code(let code, let id?) = presented else { return nil }
        let redemption = self.recent.last { $0.code == code && $0.id == id && now - $0.at < .seconds(30) }
        return redemption.map { .namedRoom($0.room, expiresAt: $0.expiresAt, isRepeated: true) }
    }

    func liveCount(now: MonotonicTime) -> Int { self.live.values.reduce(0) { $0 + (now < $1.expires ? 1 : 0) } }

    mutating func forget(expiredBy moment: MonotonicTime) { self.live = self.live.filter { moment < $0.value.expires } }
}
