package import SignalingWire
package import TimeKeeping

/// All live codes and the rooms they lead to.
///
/// A code is minted from the shortest allowed length of which less than half is taken; only when every length has come to its half is
/// the longest, and then the shorter ones, used up wholly. While a floor is raised (see ``raiseFloor(now:)``), lengths below it wait.
package struct CodeBook: Sendable {
    package enum MintResult: Equatable, Sendable {
        case minted(code: Code, expires: MonotonicTime)
        /// No free code, or as many live ones as are allowed. Never less than a second.
        case exhausted(retryAfter: TimeSpan)
    }

    package enum RedeemResult: Equatable, Sendable {
        case redeemed(room: RoomID, expires: MonotonicTime)
        /// Used, expired or never minted: a guesser must not learn which.
        case gone
    }

    /// How long after the last sign of guessing codes stay longer.
    package static let calm: TimeSpan = .minutes(10)

    private var table: ExpiringTable<Code, RoomID>
    private var spaces: [CodeSpace]
    private let digits: Int
    private let maxTTL: TimeSpan
    private let maxLive: Int
    private var floor: (digits: Int, until: MonotonicTime)?
    /// What the last refused mint found out, so that further ones need not look again; any change undoes it.
    private var nextExpiry: MonotonicTime?

    /// Every live code costs about 100 bytes, so the default bound is half a gigabyte, reached only with seven digits or more.
    package init(digits: Int, digitsMax: Int, maxTTL: TimeSpan, maxLive: Int = 5_000_000) {
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

    /// Codes minted and neither redeemed nor swept.
    package var liveCount: Int { self.table.count }
    package var digitsMax: Int { self.digits + self.spaces.count - 1 }
    /// Entries and hash cells held in memory.
    package var capacity: (entries: Int, cells: Int) {
        let table = self.table.capacity
        return (table.entries, self.spaces.reduce(table.cells) { $0 + $1.capacity })
    }

    /// The length that minting uses now, with its live codes and its size: what a blind guess is up against.
    package func guessing(now: MonotonicTime) -> (digits: Int, live: Int, space: Int) {
        let space = self.spaceIndex(now: now) ?? self.spaces.count - 1
        return (self.digits + space, self.spaces[space].live, self.spaces[space].size)
    }

    /// Without a `ttl`, or with a longer one than allowed, the code lives as long as allowed.
    package mutating func mint(
        ttl: TimeSpan?, room: RoomID, now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) -> MintResult {
        if let nextExpiry = self.nextExpiry, now < nextExpiry { return Self.refusal(until: nextExpiry, now: now) }
        // What expired is free. More than one a mint, so that none pile up; not all, or one mint would pay for a whole burst.
        self.sweep(now: now, limit: 64)
        guard let space = self.spaceForMinting(now: now) else {
            let until = self.nextExpiry ?? now
            return Self.refusal(until: until, now: now)
        }
        guard let value = self.spaces[space].draw(using: &generator), let code = Code(value: value, digits: self.digits + space) else {
            preconditionFailure("a space that was chosen for minting has no code to give")
        }
        let expires = now + min(max(ttl ?? self.maxTTL, TimeSpan(nanoseconds: 0)), self.maxTTL)
        self.table.insert(code, room, at: expires, now: now)
        return .minted(code: code, expires: expires)
    }

    /// Finds and deletes in one step.
    package mutating func redeem(_ code: Code, now: MonotonicTime) -> RedeemResult {
        guard let position = self.table.position(of: code), now < self.table.deadline(at: position) else { return .gone }
        let entry = self.remove(at: position)
        return .redeemed(room: entry.room, expires: entry.expires)
    }

    /// Frees what expired, up to `limit` codes, and says how many they were. A million at once take over a second: a caller that holds
    /// others up meanwhile passes a limit and comes back as long as it is reached.
    @discardableResult
    package mutating func sweep(now: MonotonicTime, limit: Int = .max) -> Int {
        var swept = 0
        while swept < limit, let expired = self.table.popExpired(now: now) {
            self.release(expired.key)
            swept += 1
        }
        return swept
    }

    /// Makes codes one digit longer, if that is allowed, until ten minutes have passed since the last call.
    ///
    /// Raising again while raised adds a further digit: the guessing went on although it was measured against the longer codes.
    /// Answers whether minting changed.
    @discardableResult
    package mutating func raiseFloor(now: MonotonicTime) -> Bool {
        let current = self.floorDigits(now: now)
        let raised = min(current + 1, self.digitsMax)
        self.floor = (raised, now + Self.calm)
        return raised > current
    }

    /// The fewest digits a code is minted with now, space permitting.
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
        // A code whose time passed within this tick is not swept yet, but free.
        guard let earliest = self.table.expiredOrEarliest(now: now) else { return nil }
        let deadline = self.table.deadline(at: earliest)
        guard deadline <= now else {
            self.nextExpiry = deadline
            return nil
        }
        self.remove(at: earliest)
        return self.spaceIndex(now: now)
    }

    @discardableResult
    private mutating func remove(at position: Int) -> (room: RoomID, expires: MonotonicTime) {
        let entry = self.table.remove(at: position)
        self.release(entry.key)
        return (entry.value, entry.deadline)
    }

    private mutating func release(_ code: Code) {
        self.nextExpiry = nil
        self.spaces[code.digits - self.digits].release(code.value)
    }

    private static func refusal(until: MonotonicTime, now: MonotonicTime) -> MintResult {
        .exhausted(retryAfter: max(until - now, .seconds(1)))
    }
}
