import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// Codes as the contract describes them.
struct CodeModel {
    struct Live {
        var room: RoomID
        var expires: MonotonicTime
        var client: ClientAddress
        /// By how much its end may be another: stores keep milliseconds.
        var slack = TimeSpan(nanoseconds: 0)
        /// Nobody was promised that a store has it.
        var isLoose = false

        func isSurelyLive(_ now: MonotonicTime) -> Bool { now + self.slack < self.expires }
        func isSurelyOver(_ now: MonotonicTime) -> Bool { self.expires + self.slack <= now }
    }

    struct Redemption {
        var code: Code
        var id: RedeemID
        var room: RoomID
        var expiresAt: Double
        var at: MonotonicTime
        var slack = TimeSpan(nanoseconds: 0)
        /// By how many seconds another end may be said, until one was.
        var endSlack = 0.0
    }

    /// How far times are off that a store has kept.
    static let storedSlack = TimeSpan.milliseconds(3)
    private static let memory = TimeSpan.seconds(30)

    /// Those that have expired stay here until they must have been swept.
    private(set) var live: [Code: Live] = [:]
    /// Codes whose redemptions are being stored.
    private(set) var redeeming: [Code: Live] = [:]
    private(set) var minted = 0
    private(set) var redeemed = 0
    /// Those whose clients had left, and may ask again.
    private(set) var redeemedInSilence = 0
    private(set) var gone = 0
    /// Requests with a code that another had redeemed when theirs came, and that was not stored yet.
    var rivals = 0
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
    /// Where codes lead of which somebody was told, and those of them that were redeemed.
    private(set) var rooms: Set<RoomID> = []
    private(set) var redeemedRooms: Set<RoomID> = []

    init() {}

    // MARK: - Minting

    mutating func mint(_ code: Code, room: RoomID, expires: MonotonicTime, client: ClientAddress, now: MonotonicTime) -> String? {
        if let other = self.live[code], other.isSurelyLive(now) { return "code \(code.text) was minted while it was live" }
        if self.redeeming[code]?.isSurelyLive(now) == true { return "code \(code.text) was minted while its redemption was stored" }
        self.live[code] = Live(room: room, expires: expires, client: client)
        self.rooms.insert(room)
        self.minted += 1
        if self.known.count < 512 { self.known.append(code) } else { self.known[self.minted % 512] = code }
        return nil
    }

    // MARK: - Redeeming

    /// Nobody else can redeem it from here on; says what is wrong with that.
    mutating func take(_ code: Code, now: MonotonicTime) -> String? {
        guard let entry = self.live.removeValue(forKey: code), !entry.isSurelyOver(now) else {
            return "code \(code.text) was redeemed though it was used, expired or never minted"
        }
        self.redeeming[code] = entry
        return nil
    }

    /// The redemption is said, or at least stands.
    mutating func redeemed(_ code: Code, isSaid: Bool) {
        guard let entry = self.redeeming.removeValue(forKey: code) else { return }
        self.redeemedRooms.insert(entry.room)
        if isSaid { self.redeemed += 1 } else { self.redeemedInSilence += 1 }
    }

    /// It can be redeemed again.
    mutating func giveBack(_ code: Code, _ id: RedeemID?, isWritten: Bool) {
        self.recent.removeAll { $0.code == code && $0.id == id }
        guard var entry = self.redeeming.removeValue(forKey: code) else { return }
        if isWritten { (entry.isLoose, entry.slack) = (true, Self.storedSlack) }
        self.live[code] = entry
    }

    mutating func refused(_ code: Code, now: MonotonicTime) -> String? {
        if self.live[code]?.isSurelyLive(now) == true { return "code \(code.text) was refused though it was live" }
        self.gone += 1
        return nil
    }

    // MARK: - Repeating

    mutating func remember(_ code: Code, _ id: RedeemID, _ room: RoomID, expiresAt: Double, now: MonotonicTime) {
        self.recent.removeAll { now - $0.at >= Self.memory + $0.slack }
        let slack = (self.live[code] ?? self.redeeming[code])?.slack ?? TimeSpan(nanoseconds: 0)
        self.recent.append(Redemption(code: code, id: id, room: room, expiresAt: expiresAt, at: now, endSlack: slack.seconds))
    }

    /// Whether this is what was redeemed under this name; if it is, it has to be so from here on.
    mutating func isSaid(_ outcome: Rendezvous.Redeemed, of redemption: Redemption, isRepeated: Bool) -> Bool {
        guard case .namedRoom(redemption.room, let expiresAt, isRepeated) = outcome,
            abs(expiresAt - redemption.expiresAt) <= redemption.endSlack
        else { return false }
        for index in self.recent.indices where self.recent[index].room == redemption.room && self.recent[index].id == redemption.id {
            (self.recent[index].expiresAt, self.recent[index].endSlack) = (expiresAt, 0)
        }
        return true
    }

    func isUndecided(_ redemption: Redemption) -> Bool { self.redeeming[redemption.code]?.room == redemption.room }

    /// What whoever redeemed this under this name within half a minute is told again.
    func repetition(of presented: Rendezvous.PresentedCode, now: MonotonicTime) -> Redemption? {
        guard case .code(let code, let id?) = presented else { return nil }
        return self.recent.last { $0.code == code && $0.id == id && now - $0.at < Self.memory }
    }

    /// The same, of a certain code of that name, however long ago it was.
    func repetition(of presented: Rendezvous.PresentedCode, room: RoomID) -> Redemption? {
        guard case .code(let code, let id?) = presented else { return nil }
        return self.recent.last { $0.code == code && $0.id == id && $0.room == room }
    }

    /// It is about to end, and nobody could say whether it has.
    func isUnsure(_ presented: Rendezvous.PresentedCode, now: MonotonicTime) -> Bool {
        guard case .code(let code, let id) = presented else { return false }
        if let entry = self.live[code], !entry.isSurelyLive(now), !entry.isSurelyOver(now) { return true }
        let redemption = self.recent.last { $0.code == code && $0.id == id }
        return redemption.map { $0.slack.nanoseconds > 0 && now - $0.at >= Self.memory - $0.slack && now - $0.at < Self.memory + $0.slack }
            ?? false
    }

    // MARK: - Time

    /// What is left of a live code's life.
    func life(of code: Code, now: MonotonicTime) -> TimeSpan { self.live[code].map { max($0.expires - now, .seconds(0)) } ?? .seconds(0) }

    func liveCount(now: MonotonicTime) -> Int { self.live.values.reduce(0) { $0 + ($1.isSurelyLive(now) ? 1 : 0) } }

    mutating func forget(expiredBy moment: MonotonicTime) { self.live = self.live.filter { moment < $0.value.expires + $0.value.slack } }

    // MARK: - After a restart

    /// What is known to a server that has begun with what a store has of the one before; `faults` is given what is wrong with that.
    init(
        _ before: CodeModel, _ stored: StoredState, _ clock: (UnixMilliseconds) -> MonotonicTime, now: MonotonicTime,
        faults: (String) -> Void
    ) {
        (self.known, self.rooms, self.redeemedRooms) = (before.known, before.rooms, before.redeemedRooms)
        for code in stored.codes {
            let expires = clock(code.expires)
            guard expires > now else { continue }
            var entry = Live(room: code.room, expires: expires, client: code.client, slack: Self.storedSlack)
            if let known = before.live[code.code] ?? before.redeeming[code.code], known.room == code.room {
                let isSame = known.client == code.client && (known.expires - expires).magnitude <= Self.storedSlack + known.slack
                if !isSame { faults("code \(code.code.text) came back as another") }
                entry.expires = known.expires
            } else if self.redeemedRooms.contains(code.room) {
                faults("code \(code.code.text) came back though it was redeemed")
            }
            self.live[code.code] = entry
            self.rooms.insert(code.room)
        }
        for (code, entry) in before.live where !entry.isLoose && now + Self.storedSlack < entry.expires && self.live[code] == nil {
            faults("code \(code.text) is gone though its client was told of it")
        }
        for known in before.recent where self.redeemedRooms.contains(known.room) && now - known.at < Self.memory - Self.storedSlack {
            let isThere = stored.redemptions.contains {
                $0.code == known.code && $0.id == known.id && $0.redemption.room == known.room
                    && abs($0.redemption.expiresAt - known.expiresAt) <= known.endSlack
            }
            if !isThere { faults("what code \(known.code.text) was redeemed for is forgotten") }
        }
        for entry in stored.redemptions {
            let redeemed = entry.redemption
            self.redeemedRooms.insert(redeemed.room)
            self.recent.append(
                Redemption(
                    code: entry.code, id: entry.id, room: redeemed.room, expiresAt: redeemed.expiresAt,
                    at: min(now, clock(entry.forgotten) + Self.memory * -1), slack: Self.storedSlack))
        }
    }
}

extension TimeSpan {
    fileprivate var magnitude: TimeSpan { TimeSpan(nanoseconds: abs(self.nanoseconds)) }
}
