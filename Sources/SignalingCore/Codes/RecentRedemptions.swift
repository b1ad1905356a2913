package import SignalingWire
package import TimeKeeping

/// What codes were redeemed for under which name, for as long as whoever redeemed them may have it again.
package struct RecentRedemptions: Sendable {
    package struct Redemption: Sendable, Equatable {
        package let room: RoomID
        /// The end of the code's life, as it was told, in seconds since 1970 UTC.
        package let expiresAt: Double

        package init(room: RoomID, expiresAt: Double) {
            self.room = room
            self.expiresAt = expiresAt
        }
    }

    /// How long a redemption may be repeated.
    package static let memory = TimeSpan.seconds(30)

    private struct Key: TableKey {
        let code: Code
        let id: RedeemID

        /// Clients choose the names, so the hash is one that is seeded for each process.
        var tableHash: UInt32 { UInt32(truncatingIfNeeded: self.hashValue) }
    }

    private var table: ExpiringTable<Key, Redemption>
    private let most: Int

    /// Past `most`, the redemption that is to be forgotten next is forgotten.
    package init(most: Int = 65_536) {
        precondition(most > 0)
        self.most = most
        self.table = ExpiringTable(granularity: .milliseconds(250), horizon: Self.memory)
    }

    package var count: Int { self.table.count }

    package mutating func remember(
        _ code: Code, _ id: RedeemID, _ redemption: Redemption, for time: TimeSpan = Self.memory, now: MonotonicTime
    ) {
        let key = Key(code: code, id: id)
        let end = now + min(time, Self.memory)
        if let position = self.table.position(of: key) {
            self.table[position] = redemption
            return self.table.reschedule(position, at: end)
        }
        self.sweep(now: now, limit: 16)
        if self.table.count >= self.most, let nearest = self.table.nearest { self.table.remove(at: nearest) }
        self.table.insert(key, redemption, at: end, now: now)
    }

    /// Nobody was told of the redemption.
    package mutating func forget(_ code: Code, _ id: RedeemID) {
        if let position = self.table.position(of: Key(code: code, id: id)) { self.table.remove(at: position) }
    }

    package func find(_ code: Code, _ id: RedeemID, now: MonotonicTime) -> Redemption? {
        guard let position = self.table.position(of: Key(code: code, id: id)), now < self.table.deadline(at: position) else { return nil }
        return self.table[position]
    }

    /// Forgets what is over and returns how much it was.
    @discardableResult
    package mutating func sweep(now: MonotonicTime, limit: Int = .max) -> Int {
        var swept = 0
        while swept < limit, self.table.popExpired(now: now) != nil { swept += 1 }
        return swept
    }
}
