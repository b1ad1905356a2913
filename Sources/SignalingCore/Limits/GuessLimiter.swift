package import NetworkAddresses
package import TimeKeeping

/// Limits failed guesses by token buckets, and lets whoever finds one empty wait for the next token instead of refusing it.
///
/// A client's failures use up tokens of all its buckets: of its address and its /24, or of its /64, its /56 and its /48. Each bucket holds
/// a minute's tokens and gets as many back in a minute. A guess is looked at only while all of them have a token; one that succeeds uses
/// none. So, however many wait and whoever leaves, no network makes more failed guesses than its bucket allows.
///
/// The caller asks, looks and records a failure in one step, under a lock. Whoever waits asks again when it was told to.
package struct GuessLimiter: Sendable {
    package enum Verdict: Equatable, Sendable {
        /// The guess may be looked at now.
        case look
        /// A place is taken, to be given back with ``call(_:since:now:)`` at this time, or with ``leave(_:)``.
        case wait(until: MonotonicTime)
        case refused(retryAfter: TimeSpan)
    }

    /// The longest wait for a token.
    package static let longestWait = TimeSpan.seconds(20)
    /// Guesses of one address or /64 that may wait at once; a network of several has as many more as it has more tokens. So one /64 cannot
    /// take all the places of its /48.
    package static let mostWaiting = 8

    /// Failures that an address or /64 may make at once, and as many again in each minute; 0 admits everything and stores nothing.
    package private(set) var limit: Int
    /// Buckets remembered. Past that the one that is full again soonest is forgotten, which favours its clients the least.
    package let maxBuckets: Int
    /// Guesses of all clients that may wait at once.
    package let maxWaiting: Int
    package private(set) var waiting = 0

    private var kinds: Kinds
    private var table: ExpiringTable<ClientPrefix, Bucket>

    /// A kind of bucket that each client has one of.
    fileprivate struct Level: Sendable {
        let length: Int
        /// Time in which one token comes back.
        let interval: TimeSpan
        /// Time in which an empty bucket fills.
        let span: TimeSpan
        let mostWaiting: Int

        init(length: Int, limit: Int, factor: Int) {
            let tokens = Int64(max(1, limit * factor))
            self.length = length
            // Rounded up, so that no more come back than may.
            self.interval = TimeSpan(nanoseconds: (TimeSpan.minutes(1).nanoseconds + tokens - 1) / tokens)
            self.span = self.interval * tokens
            self.mostWaiting = GuessLimiter.mostWaiting * factor
        }
    }

    /// The kinds of buckets that there are, for this many failures in a minute.
    package struct Kinds: Sendable {
        private let v4: [Level]
        private let v6: [Level]
        private let isOff: Bool

        package init(limit: Int) {
            self.isOff = limit == 0
            self.v4 = [(32, 1), (24, 8)].map { Level(length: $0, limit: limit, factor: $1) }
            self.v6 = [(64, 1), (56, 4), (48, 8)].map { Level(length: $0, limit: limit, factor: $1) }
        }

        fileprivate func levels(of client: ClientAddress) -> [Level] {
            switch client {
            case .v4: self.v4
            case .v6: self.v6
            // Guesses count for addresses. Whoever is known besides is one client among many.
            case .subject: Array(self.v6.prefix(1))
            }
        }

        /// What a client's guesses need a token of each, for whoever counts the failures at several servers: the time in which a token comes
        /// back, and that in which all do.
        package func buckets(of client: ClientAddress) -> [(network: ClientPrefix, interval: TimeSpan, span: TimeSpan)] {
            self.isOff ? [] : self.levels(of: client).map { (ClientPrefix(client, length: $0.length), $0.interval, $0.span) }
        }
    }

    private struct Bucket: Sendable {
        /// When it is full again. The tokens that are missing are the time until then, divided by the time that one takes.
        var full: MonotonicTime
        /// Places taken by those who wait. Whoever comes later reckons with a token for each of them.
        var waiting: Int
    }

    package init(limit: Int, maxBuckets: Int = 1_048_576, maxWaiting: Int = 1024) {
        precondition(limit >= 0 && maxBuckets > 0 && maxWaiting >= 0)
        let limit = min(limit, Int(Int32.max))
        self.limit = limit
        self.maxBuckets = maxBuckets
        self.maxWaiting = maxWaiting
        self.kinds = Kinds(limit: limit)
        self.table = ExpiringTable(granularity: .milliseconds(250), horizon: .minutes(1))
    }

    /// Buckets that are not full, or that somebody waits at.
    package var bucketCount: Int { self.table.count }

    /// Another limit from now on. Buckets keep when they are full again, and so the part of them that is missing. Whoever waits learns of it
    /// when it asks again.
    package mutating func change(limit: Int) {
        precondition(limit >= 0)
        self.limit = min(limit, Int(Int32.max))
        self.kinds = Kinds(limit: self.limit)
    }

    // MARK: - Guesses

    /// A guess arrives.
    package mutating func arrive(_ client: ClientAddress, now: MonotonicTime) -> Verdict {
        self.arrive(client, since: now, now: now)
    }

    /// A guess that arrived then is not to be looked at before this time: others count its client's failures, too. It waits like one that
    /// arrives, or is refused.
    package mutating func postpone(_ client: ClientAddress, since: MonotonicTime, until ready: MonotonicTime, now: MonotonicTime) -> Verdict
    {
        guard let level = self.levels(of: client).first, self.limit > 0 else { return .look }
        // As if that many had failed here that one token is there by then.
        let full = MonotonicTime(nanoseconds: ready.nanoseconds + level.span.nanoseconds - level.interval.nanoseconds)
        if let position = self.position(of: client, level) {
            self.table[position].full = max(self.table[position].full, full)
            self.table.reschedule(position, at: max(self.table.deadline(at: position), full))
        } else {
            self.insert(client, level, Bucket(full: full, waiting: 0), now: now)
        }
        return self.arrive(client, since: since, now: now)
    }

    private mutating func arrive(_ client: ClientAddress, since: MonotonicTime, now: MonotonicTime) -> Verdict {
        if self.limit == 0 || self.table.isEmpty { return .look }
        let ready = self.readiness(of: client, behindOthers: true, now: now)
        if ready <= now { return .look }
        guard ready - since <= Self.longestWait, self.waiting < self.maxWaiting, self.hasPlace(for: client) else {
            return .refused(retryAfter: ready - now)
        }
        self.takePlace(client, now: now)
        return .wait(until: ready)
    }

    /// A guess that waits since then asks again. Unless it has to wait on, its place is given back.
    package mutating func call(_ client: ClientAddress, since: MonotonicTime, now: MonotonicTime) -> Verdict {
        // It was turned off meanwhile.
        if self.limit == 0 {
            self.leave(client)
            return .look
        }
        let ready = self.readiness(of: client, behindOthers: false, now: now)
        if ready > now, ready - since <= Self.longestWait { return .wait(until: ready) }
        self.leave(client)
        return ready <= now ? .look : .refused(retryAfter: ready - now)
    }

    /// Gives the place of a guess back that will not be looked at.
    package mutating func leave(_ client: ClientAddress) {
        self.waiting -= 1
        for level in self.levels(of: client) {
            guard let position = self.position(of: client, level), self.table[position].waiting > 0 else { continue }
            self.table[position].waiting -= 1
            if self.table[position].waiting == 0 { self.table.reschedule(position, at: self.table[position].full) }
        }
    }

    /// A guess that was looked at has failed.
    package mutating func recordFailure(_ client: ClientAddress, now: MonotonicTime) {
        if self.limit == 0 { return }
        for level in self.levels(of: client) {
            guard let position = self.position(of: client, level) else {
                self.insert(client, level, Bucket(full: now + level.interval, waiting: 0), now: now)
                continue
            }
            let full = max(self.table[position].full, now) + level.interval
            self.table[position].full = full
            self.table.reschedule(position, at: max(self.table.deadline(at: position), full))
        }
    }

    /// Forgets buckets that are full again and returns how many were looked at.
    @discardableResult
    package mutating func sweep(now: MonotonicTime, limit: Int = .max) -> Int {
        var swept = 0
        while swept < limit, let expired = self.table.popExpired(now: now) {
            if expired.value.waiting > 0 { self.table.insert(expired.key, expired.value, at: now + Self.longestWait, now: now) }
            swept += 1
        }
        return swept
    }

    // MARK: - Buckets

    /// When all buckets of a client have a token for it: beside those for everybody who waits there, or not.
    private func readiness(of client: ClientAddress, behindOthers: Bool, now: MonotonicTime) -> MonotonicTime {
        var ready = now
        for level in self.levels(of: client) {
            guard let position = self.position(of: client, level) else { continue }
            let bucket = self.table[position]
            let tokens = Int64(behindOthers ? bucket.waiting + 1 : 1)
            let debt = max(bucket.full, now) + level.interval * tokens
            ready = max(ready, MonotonicTime(nanoseconds: debt.nanoseconds - level.span.nanoseconds))
        }
        return ready
    }

    private func hasPlace(for client: ClientAddress) -> Bool {
        self.levels(of: client).allSatisfy { level in
            self.position(of: client, level).map { self.table[$0].waiting < level.mostWaiting } ?? true
        }
    }

    private mutating func takePlace(_ client: ClientAddress, now: MonotonicTime) {
        self.waiting += 1
        let kept = now + Self.longestWait
        for level in self.levels(of: client) {
            guard let position = self.position(of: client, level) else {
                self.insert(client, level, Bucket(full: now, waiting: 1), until: kept, now: now)
                continue
            }
            self.table[position].waiting += 1
            self.table.reschedule(position, at: max(self.table.deadline(at: position), kept))
        }
    }

    private mutating func insert(
        _ client: ClientAddress, _ level: Level, _ bucket: Bucket, until kept: MonotonicTime? = nil, now: MonotonicTime
    ) {
        if self.table.count >= self.maxBuckets, let nearest = self.table.nearest { self.table.remove(at: nearest) }
        self.table.insert(ClientPrefix(client, length: level.length), bucket, at: kept ?? bucket.full, now: now)
    }

    private func position(of client: ClientAddress, _ level: Level) -> Int? {
        self.table.position(of: ClientPrefix(client, length: level.length))
    }

    private func levels(of client: ClientAddress) -> [Level] { self.kinds.levels(of: client) }
}
