import TimeKeeping

/// The limit on failed guesses as the contract has it: each network has a bucket of tokens, a failure takes one from every bucket of its
/// client, and whoever finds one empty waits for the next token.
struct GuessModel {
    enum Verdict: Equatable {
        case look
        case wait(until: MonotonicTime)
        case refuse(retryAfter: TimeSpan)
    }

    private struct Bucket {
        /// In nanoseconds of what refills it.
        var credit: Int64
        var at: MonotonicTime
        var waiting = 0
    }

    /// 0: none.
    let limit: Int
    private var buckets: [String: Bucket] = [:]
    private(set) var waiting = 0
    private(set) var refusals = 0
    /// How waits ended.
    private(set) var looked = 0
    private(set) var gaveUp = 0
    private(set) var left = 0
    private(set) var drained = 0

    init(limit: Int) { self.limit = limit }

    mutating func arrive(_ origin: Origin, now: MonotonicTime) -> Verdict {
        guard self.limit > 0 else { return .look }
        let wait = self.wait(of: origin, now: now) { $0.waiting + 1 }
        if wait == 0 { return .look }
        let hasPlace = origin.networks.allSatisfy { self.bucket($0, now).waiting < 8 * $0.factor }
        guard hasPlace, wait <= 20_000_000_000, self.waiting < 1024 else { return self.refuse(wait) }
        self.changeWaiting(of: origin, by: 1, now: now)
        return .wait(until: now + TimeSpan(nanoseconds: wait))
    }

    /// One that has waited since then.
    mutating func call(_ origin: Origin, since: MonotonicTime, now: MonotonicTime) -> Verdict {
        let wait = self.wait(of: origin, now: now) { _ in 1 }
        let until = now + TimeSpan(nanoseconds: wait)
        if wait > 0, until - since <= .seconds(20) { return .wait(until: until) }
        self.changeWaiting(of: origin, by: -1, now: now)
        if wait > 0 {
            self.gaveUp += 1
            return self.refuse(wait)
        }
        self.looked += 1
        return .look
    }

    mutating func leave(_ origin: Origin, isDrained: Bool, now: MonotonicTime) {
        self.changeWaiting(of: origin, by: -1, now: now)
        if isDrained { self.drained += 1 } else { self.left += 1 }
    }

    /// A guess was wrong; says what is wrong with that.
    mutating func fail(_ origin: Origin, now: MonotonicTime) -> String? {
        guard self.limit > 0 else { return nil }
        for network in origin.networks {
            var bucket = self.bucket(network, now)
            bucket.credit -= self.price(network)
            self.buckets[network.name] = bucket
            if bucket.credit < 0 { return "\(network.name) guessed more often than it may" }
        }
        return nil
    }

    // MARK: - Buckets

    /// Until each bucket has so many tokens.
    private func wait(of origin: Origin, now: MonotonicTime, tokens: (Bucket) -> Int) -> Int64 {
        origin.networks.reduce(0) { longest, network in
            let bucket = self.bucket(network, now)
            return max(longest, Int64(tokens(bucket)) * self.price(network) - bucket.credit)
        }
    }

    private mutating func refuse(_ wait: Int64) -> Verdict {
        self.refusals += 1
        return .refuse(retryAfter: TimeSpan(nanoseconds: wait))
    }

    private mutating func changeWaiting(of origin: Origin, by change: Int, now: MonotonicTime) {
        self.waiting += change
        for network in origin.networks {
            var bucket = self.bucket(network, now)
            bucket.waiting += change
            self.buckets[network.name] = bucket
        }
    }

    /// As it is by now.
    private func bucket(_ network: Origin.Network, _ now: MonotonicTime) -> Bucket {
        let full = self.price(network) * Int64(self.limit * network.factor)
        guard var bucket = self.buckets[network.name] else { return Bucket(credit: full, at: now) }
        bucket.credit = min(full, bucket.credit + (now - bucket.at).nanoseconds)
        bucket.at = now
        return bucket
    }

    /// The time that brings a token back, rounded up to nanoseconds.
    private func price(_ network: Origin.Network) -> Int64 {
        Int64((60e9 / Double(self.limit * network.factor)).rounded(.up))
    }
}
