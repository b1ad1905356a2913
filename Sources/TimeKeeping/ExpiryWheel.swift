/// Names one scheduled payload. A serial number is never used twice, so a token whose payload has fired or was cancelled names nothing.
@usableFromInline package struct ExpiryToken: TableKey {
    @usableFromInline let serial: UInt64

    @inlinable init(serial: UInt64) { self.serial = serial }

    /// The wheel itself counts the serials, one after the other, so one multiplication spreads them.
    @inlinable package var tableHash: UInt32 {
        let spread = self.serial &* 0x9e37_79b9_7f4a_7c15
        return UInt32(truncatingIfNeeded: spread >> 32)
    }
}

/// Payloads with deadlines, for owners that keep the token: an ``ExpiringTable`` keyed by tokens, with its costs and guarantees. An owner
/// that looks its entry up by a key of its own uses the table itself.
///
/// Both can be inlined into other modules. Otherwise they would be specialised for their payload in this module only, and from another one
/// a step would cost about a microsecond, not a tenth of it.
@usableFromInline package struct ExpiryWheel<Payload> {
    @usableFromInline var table: ExpiringTable<ExpiryToken, Payload>
    @usableFromInline var lastSerial: UInt64 = 0

    /// Deadlines farther away than `horizon` are allowed: such an entry is filed anew each time the wheel has turned once.
    @inlinable package init(granularity: TimeSpan, horizon: TimeSpan) {
        self.table = ExpiringTable(granularity: granularity, horizon: horizon)
    }

    @inlinable package var count: Int { self.table.count }
    @inlinable package var isEmpty: Bool { self.table.isEmpty }
    @inlinable package var nextDeadline: MonotonicTime? { self.table.nextDeadline }

    @inlinable package mutating func schedule(_ payload: Payload, at deadline: MonotonicTime, now: MonotonicTime) -> ExpiryToken {
        self.lastSerial &+= 1
        let token = ExpiryToken(serial: self.lastSerial)
        self.table.insert(token, payload, at: deadline, now: now)
        return token
    }

    /// False if the payload has fired or was cancelled.
    @discardableResult
    @inlinable package mutating func reschedule(_ token: ExpiryToken, at deadline: MonotonicTime) -> Bool {
        guard let position = self.table.position(of: token) else { return false }
        self.table.reschedule(position, at: deadline)
        return true
    }

    @discardableResult
    @inlinable package mutating func cancel(_ token: ExpiryToken) -> Payload? {
        guard let position = self.table.position(of: token) else { return nil }
        return self.table.remove(at: position).value
    }

    /// One payload whose deadline has passed. Call it until it returns nil.
    @inlinable package mutating func popExpired(now: MonotonicTime) -> Payload? {
        self.table.popExpired(now: now)?.value
    }
}

extension ExpiryWheel: Sendable where Payload: Sendable {}
