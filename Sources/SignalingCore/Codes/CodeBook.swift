package import NetworkAddresses
package import SignalingWire
package import TimeKeeping

/// All live codes and the rooms they lead to.
///
/// A code is minted from the shortest allowed length of which less than half is taken. Only when half of every length is taken is the
/// longest used up completely, and then the shorter ones. While a floor is raised (see ``raiseFloor(now:)``), shorter lengths are not used.
package struct CodeBook: Sendable {
    package enum MintResult: Equatable, Sendable {
        case minted(code: Code, expires: MonotonicTime)
        /// There is no free code, or as many are live as are allowed. `retryAfter` is never less than a second; where many codes end within
        /// one tick of the table it may be late by that.
        case exhausted(retryAfter: TimeSpan)
    }

    package enum RedeemResult: Equatable, Sendable {
        /// `client` had it minted.
        case redeemed(room: RoomID, expires: MonotonicTime, client: ClientAddress)
        /// Used, expired or never minted: a guesser must not learn which.
        case gone
    }

    /// How long codes stay longer after the last sign of guessing.
    package static let calm: TimeSpan = .minutes(10)

    private struct Entry: Sendable {
        let room: RoomID
        /// Who had it minted.
        let client: ClientAddress
    }

    /// A code that is live no more.
    package struct Freed: Sendable {
        package let room: RoomID
        /// Who had it minted.
        package let client: ClientAddress
        /// Its time was over, or else it was redeemed or taken back.
        package let isExpired: Bool
    }

    private var table: ExpiringTable<Code, Entry>
    private var spaces: [CodeSpace]
    private let digits: Int
    private let maxTTL: TimeSpan
    private let maxLive: Int
    private var floor: (digits: Int, until: MonotonicTime)?
    /// When the next code expires, as the last refused mint found, so that further ones need not search; any change resets it.
    private var nextExpiry: MonotonicTime?
    /// What is live no more, since that was asked last.
    private var freed: [Freed] = []

    /// Every live code costs about 130 bytes, so this bound is some 650 MB. Only seven digits or more reach it.
    package static let defaultMaxLive = 5_000_000

    /// How many codes can be live at once.
    package static func mostLive(digits: Int, digitsMax: Int, maxLive: Int = defaultMaxLive) -> Int {
        min(maxLive, (digits...digitsMax).reduce(0) { $0 + Code.spaceSize(digits: $1) })
    }

    package init(digits: Int, digitsMax: Int, maxTTL: TimeSpan, maxLive: Int = defaultMaxLive) {
        precondition(Code.digitRange.contains(digits) && Code.digitRange.contains(digitsMax) && digits <= digitsMax)
        precondition(maxTTL.nanoseconds > 0 && maxLive > 0)
        self.digits = digits
        self.maxTTL = maxTTL
        self.maxLive = maxLive
        self.spaces = (digits...digitsMax).map { CodeSpace(size: Code.spaceSize(digits: $0)) }
        // At most 16,384 buckets (64 KiB) span the longest life, so that every code lies in the bucket of its own tick.
        let tick = max(TimeSpan.milliseconds(50), TimeSpan(nanoseconds: maxTTL.nanoseconds / 8192))
        self.table = ExpiringTable(granularity: tick, horizon: maxTTL)
    }

    /// Codes that were minted and neither redeemed nor swept.
    package var liveCount: Int { self.table.count }
    package var digitsMax: Int { self.digits + self.spaces.count - 1 }
    /// Entries and hash cells held in memory.
    package var capacity: (entries: Int, cells: Int) {
        let table = self.table.capacity
        return (table.entries, self.spaces.reduce(table.cells) { $0 + $1.capacity })
    }

    /// The length that minting uses now, with its live codes and its size: they give the chance of a blind guess.
    package func guessing(now: MonotonicTime) -> (digits: Int, live: Int, space: Int) {
        let space = self.spaceIndex(now: now) ?? self.spaces.count - 1
        return (self.digits + space, self.spaces[space].live, self.spaces[space].size)
    }

    /// Without a `ttl`, or with a longer one than allowed, the code lives as long as allowed.
    package mutating func mint(
        ttl: TimeSpan?, room: RoomID, client: ClientAddress, now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) -> MintResult {
        if let nextExpiry = self.nextExpiry, now < nextExpiry { return Self.refusal(until: nextExpiry, now: now) }
        // Expired codes are free. A mint sweeps several, so that none pile up; not all, or one mint would pay for a whole burst.
        self.sweep(now: now, limit: 64)
        guard let space = self.spaceForMinting(now: now) else {
            let until = self.nextExpiry ?? now
            return Self.refusal(until: until, now: now)
        }
        guard let value = self.spaces[space].draw(using: &generator), let code = Code(value: value, digits: self.digits + space) else {
            preconditionFailure("a space that was chosen for minting has no code to give")
        }
        let expires = now + min(max(ttl ?? self.maxTTL, TimeSpan(nanoseconds: 0)), self.maxTTL)
        self.table.insert(code, Entry(room: room, client: client), at: expires, now: now)
        return .minted(code: code, expires: expires)
    }

    /// What redeeming the code would come to.
    package func find(_ code: Code, now: MonotonicTime) -> RedeemResult {
        guard let position = self.table.position(of: code), now < self.table.deadline(at: position) else { return .gone }
        let entry = self.table[position]
        return .redeemed(room: entry.room, expires: self.table.deadline(at: position), client: entry.client)
    }

    /// Finds and deletes the code in one step.
    package mutating func redeem(_ code: Code, now: MonotonicTime) -> RedeemResult {
        guard let position = self.table.position(of: code), now < self.table.deadline(at: position) else { return .gone }
        let entry = self.remove(at: position, isExpired: false)
        return .redeemed(room: entry.room, expires: entry.expires, client: entry.client)
    }

    /// Makes a code live that a process before this one minted; false if it is live, or none that this book can have.
    package mutating func restore(_ code: Code, room: RoomID, expires: MonotonicTime, client: ClientAddress, now: MonotonicTime) -> Bool {
        guard self.spaces.indices.contains(code.digits - self.digits), self.table.count < self.maxLive,
            self.spaces[code.digits - self.digits].claim(code.value)
        else { return false }
        self.nextExpiry = nil
        self.table.insert(code, Entry(room: room, client: client), at: min(expires, now + self.maxTTL), now: now)
        return true
    }

    /// Frees a code, if it leads to this room still.
    package mutating func takeBack(_ code: Code, room: RoomID) {
        guard let position = self.table.position(of: code), self.table[position].room == room else { return }
        self.remove(at: position, isExpired: false)
    }

    /// Whether a code that leads to this room is here, swept or not.
    package func holds(_ code: Code, room: RoomID) -> Bool {
        self.table.position(of: code).map { self.table[$0].room == room } ?? false
    }

    /// Frees up to `limit` expired codes and returns how many there were. A million at once take over a second: a caller that would block
    /// others meanwhile passes a limit, and calls again as long as the limit is reached.
    @discardableResult
    package mutating func sweep(now: MonotonicTime, limit: Int = .max) -> Int {
        var swept = 0
        while swept < limit, let expired = self.table.popExpired(now: now) {
            self.release(expired.key, expired.value, isExpired: true)
            swept += 1
        }
        return swept
    }

    /// Calls this for each code that is live no more, since it was called last.
    package mutating func forEachFreed(_ body: (Freed) -> Void) {
        for freed in self.freed { body(freed) }
        self.freed.removeAll(keepingCapacity: self.freed.count <= 1024)
    }

    /// Makes codes one digit longer, if that is allowed, until ten minutes have passed since the last call.
    ///
    /// A further call meanwhile adds a further digit: the guessing went on although it was measured against the longer codes. Returns
    /// whether minting changed.
    @discardableResult
    package mutating func raiseFloor(now: MonotonicTime) -> Bool {
        let current = self.floorDigits(now: now)
        let raised = min(current + 1, self.digitsMax)
        self.floor = (raised, now + Self.calm)
        return raised > current
    }

    /// The fewest digits that new codes have now, if such codes are free.
    package func floorDigits(now: MonotonicTime) -> Int {
        guard let floor = self.floor, now < floor.until else { return self.digits }
        return floor.digits
    }

    private func spaceIndex(now: MonotonicTime) -> Int? {
        guard self.table.count < self.maxLive else { return nil }
        let first = self.floorDigits(now: now) - self.digits
        for index in first..<self.spaces.count where self.spaces[index].live * 2 < self.spaces[index].size { return index }
        return self.spaces.indices.last { self.spaces[$0].free > 0 }
    }

    private mutating func spaceForMinting(now: MonotonicTime) -> Int? {
        if let space = self.spaceIndex(now: now) { return space }
        // A code that expired within this tick is free, although not swept yet. Of a million codes that end together few are looked at.
        guard let earliest = self.table.expiredOrEarliest(now: now, most: 64) else { return nil }
        let deadline = self.table.deadline(at: earliest)
        guard deadline <= now else {
            self.nextExpiry = deadline
            return nil
        }
        self.remove(at: earliest, isExpired: true)
        return self.spaceIndex(now: now)
    }

    @discardableResult
    private mutating func remove(at position: Int, isExpired: Bool) -> (room: RoomID, expires: MonotonicTime, client: ClientAddress) {
        let entry = self.table.remove(at: position)
        self.release(entry.key, entry.value, isExpired: isExpired)
        return (entry.value.room, entry.deadline, entry.value.client)
    }

    private mutating func release(_ code: Code, _ entry: Entry, isExpired: Bool) {
        self.nextExpiry = nil
        self.freed.append(Freed(room: entry.room, client: entry.client, isExpired: isExpired))
        self.spaces[code.digits - self.digits].release(code.value)
    }

    private static func refusal(until: MonotonicTime, now: MonotonicTime) -> MintResult {
        .exhausted(retryAfter: max(until - now, .seconds(1)))
    }
}
