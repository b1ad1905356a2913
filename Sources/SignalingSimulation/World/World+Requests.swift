import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// Requests, and what the server decides on them.
extension World {
    // MARK: - Codes

    func mint(_ client: Int, _ random: inout SplitMix64) {
        let life: Rendezvous.WantedLife =
            switch random.next() % 12 {
            case 0: .malformed(random.next() % 2 == 0 ? .body : .ttl)
            case 1...4: .atMost(.milliseconds(Int64(random.next() % 100_000) + 1))
            default: .longest
            }
        let origin = Origin(client: client)
        let (outcome, loop) = self.decideSomewhere(&random) { self.signaling.rendezvous.mint(life, client: origin.address, $0) }
        if let refusal = self.requests.refusal(of: life, from: origin, now: self.now) {
            return self.check(outcome == refusal, "a request for a code came to \(outcome) instead of \(refusal)")
        }
        let longest = TimeSpan.seconds(self.profile.codeTTLSeconds)
        let wanted = if case .atMost(let time) = life { min(time, longest) } else { longest }
        switch outcome {
        case .code(let code, let room, let lifetime) where self.store == nil:
            self.check(lifetime == wanted, "a code's life is \(lifetime.milliseconds) ms instead of \(wanted.milliseconds)")
            self.minted(code, room, until: self.now + lifetime, origin.address)
        case .later(let reply) where self.store?.isFailing == false:
            self.expect(reply, .mint(until: self.now + wanted, origin.address), on: loop)
        case .refused(.unavailable) where self.store?.isFailing == true: break
        case .tooManyLive:
            // Some that have expired may count still.
            let bound = (4...self.profile.digitsMax).reduce(0) { $0 + ($1 == 4 ? 10_000 : 100_000) }
            let shares = ShareModel(bound: bound, held: self.codeOwners.map { ($0, 1) })
            self.check(shares.verdict(on: 1, for: origin.address) != .granted, "a code was refused to a client that has few")
        case .exhausted(let wait):
            self.codes.exhausted += 1
            self.check(self.codes.liveCount(now: self.now) >= 10_000, "no code is free, and few are taken")
            let next = self.codes.live.values.map(\.expires).filter { self.now < $0 }.min() ?? self.now
            // Of many that end together the first may not be found: then it is late by as much as codes are swept late.
            let waits = max(next - self.now, .seconds(1))...max(next - self.now + .milliseconds(150), .seconds(1))
            self.check(waits.contains(wait), "a code is said to be free in \(wait.milliseconds) ms")
        case .malformed, .refused, .later, .code:
            self.fail("a request for a code came to \(outcome), and nothing was wrong with it")
        }
    }

    /// The answer is that this code was minted.
    func minted(_ code: Code, _ room: RoomID, until expires: MonotonicTime, _ client: ClientAddress) {
        self.check((4...self.profile.digitsMax).contains(code.digits), "a code has \(code.digits) digits")
        if let fault = self.codes.mint(code, room: room, expires: expires, client: client, now: self.now) { self.fail(fault) }
    }

    /// Whose the codes are that the server may count: some have expired perhaps, and some are being stored.
    var codeOwners: [ClientAddress] {
        let waiting = self.replies.compactMap { if case .mint(_, let client) = $0.asked { client } else { nil } }
        return self.codes.live.values.map(\.client) + self.codes.redeeming.values.map(\.client) + waiting
    }

    // MARK: - Upgrades

    /// A page asks why its upgrade failed, or somebody asks wrongly.
    func inquire(_ client: Int, _ random: inout SplitMix64) {
        let attempt: Admission.Attempt = random.next() % 3 == 0 ? .malformed : .question
        _ = self.admit(attempt, Origin(client: client), &random)
    }

    /// Whether there is a place for a connection, which it then has.
    func admit(_ attempt: Admission.Attempt, _ origin: Origin, _ random: inout SplitMix64) -> Bool {
        let admission = self.signaling.admission
        let holders = self.placeHolders
        let outcome = self.decide(&random) { admission.admit(attempt, client: origin.address, $0) }
        let expected = self.requests.admission(of: attempt, from: origin, holders: holders, now: self.now)
        self.check(outcome == expected, "\(attempt) came to \(outcome) instead of \(expected) while \(holders.count) places were taken")
        return outcome == .admitted && expected == .admitted
    }

    /// Whose connections are open, and whose are on their way to their loops.
    var placeHolders: [ClientAddress] { self.links.filter(\.stream.isOpen).map(\.address) + self.arrivals.map(\.address) }

    /// Whether a client that may show a token has shown the one of the side; nil if it may not have the side for want of it.
    func access(to side: Side, of room: RoomID, _ random: inout SplitMix64) -> Bool? {
        let access = self.signaling.access
        var shown: SideToken?
        var isRight = false
        if random.next() % 16 < self.profile.tokens {
            switch random.next() % 16 {
            case 0: shown = access.tokens.token(room, side.other)
            case 1: shown = access.tokens.token(RoomID(high: room.high, low: ~room.low), side)
            default:
                shown = access.tokens.token(room, side)
                isRight = true
            }
        }
        let expected: SideAccess.Verdict = self.profile.isMintedOnly && !isRight ? .refused : .granted(hasToken: isRight)
        let verdict = access.verdict(on: shown, room: room, side: side)
        let what = shown == nil ? "no token" : isRight ? "the side's token" : "another token"
        self.check(verdict == expected, "a request with \(what) came to \(verdict) instead of \(expected)")
        return if case .granted(let hasToken, _) = expected { hasToken } else { nil }
    }

    /// What the server decides on a request, on any of its loops.
    func decide<Outcome>(_ random: inout SplitMix64, _ body: (SignalingLoop) -> Outcome) -> Outcome {
        self.decideSomewhere(&random, body).outcome
    }

    func decideSomewhere<Outcome>(_ random: inout SplitMix64, _ body: (SignalingLoop) -> Outcome) -> (outcome: Outcome, loop: Int) {
        let index = Int(random.next() % UInt64(self.loops.count))
        return (self.loops[index].turn { body(self.signaling.loop(self.contexts[index])) }, index)
    }
}
