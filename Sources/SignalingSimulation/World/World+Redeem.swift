import ByteStreams
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// Codes that are redeemed, guessed, waited with and redeemed again.
extension World {
    /// A code that waits for its client's next guess.
    struct RedeemInLine {
        /// Nil while it arrives.
        var redeem: Rendezvous.WaitingRedeem?
        var code: Code
        var id: RedeemID?
        var origin: Origin
        var since: MonotonicTime
        var until: MonotonicTime
    }

    func redeem(_ client: Int, _ random: inout SplitMix64) {
        if !self.inLine.isEmpty, random.next() % 4 == 0 { return self.leaveLine(&random) }
        guard let presented = self.presentedCode(&random) else { return }
        self.redeem(presented, from: Origin(client: client), &random)
    }

    /// Somebody guesses with all addresses of its network, or with one, until none of them may guess any more. Step by step nobody would.
    func guess(_ client: Int, _ random: inout SplitMix64) {
        let tries = 1 + Int(random.next() % UInt64(1 + 3 * self.profile.redeemFailures))
        let spread = [1, 6, 12, 18][Int(random.next() % 4)]
        let first = random.next() % 2 == 0 ? 0 : 12
        for number in 0..<tries where self.violation == nil {
            guard let code = Code(value: UInt32(random.next() % 10_000), digits: 4) else { continue }
            let origin = Origin(client: spread == 1 ? client : first + number % spread)
            self.redeem(.code(code, id: self.name(&random)), from: origin, &random)
        }
    }

    private func redeem(_ presented: Rendezvous.PresentedCode, from origin: Origin, _ random: inout SplitMix64) {
        let outcome = self.decide(&random) { self.signaling.rendezvous.redeem(presented, client: origin.address, $0) }
        let again = self.codes.repetition(of: presented, now: self.now)
        if let expected = self.requests.answer(to: presented, from: origin, again: again, now: self.now) {
            if case .namedRoom = expected { self.codes.repeated += 1 }
            return self.check(outcome == expected, "a code came to \(outcome) instead of \(expected)")
        }
        guard case .code(let code, let id) = presented else { return self.fail("a code came to \(outcome), and it was none") }
        let expected = self.requests.failures.arrive(origin, now: self.now)
        self.follow(outcome, expected, RedeemInLine(code: code, id: id, origin: origin, since: self.now, until: self.now))
    }

    /// Those whose time has come are looked at.
    func callLine() {
        var random = SplitMix64(seed: UInt64(bitPattern: self.now.nanoseconds))
        while self.violation == nil, let index = self.inLine.firstIndex(where: { $0.until <= self.now }) {
            let waiting = self.inLine.remove(at: index)
            guard let redeem = waiting.redeem else { continue }
            let outcome = self.decide(&random) { self.signaling.rendezvous.lookAt(redeem, $0) }
            if self.requests.isDraining {
                self.requests.failures.leave(waiting.origin, isDrained: true, now: self.now)
                self.check(outcome == .refused(.draining), "a code that waited came to \(outcome) at the server's end")
                continue
            }
            let expected = self.requests.failures.call(waiting.origin, since: waiting.since, now: self.now)
            // Somebody may have redeemed the same code under the same name meanwhile.
            if expected == .look, let again = self.codes.repetition(of: .code(waiting.code, id: waiting.id), now: self.now) {
                self.codes.repeated += 1
                self.check(outcome == again, "a code that waited came to \(outcome) instead of \(again)")
                continue
            }
            self.follow(outcome, expected, waiting)
        }
    }

    /// The client of a code that waits leaves.
    private func leaveLine(_ random: inout SplitMix64) {
        let waiting = self.inLine.remove(at: Int(random.next() % UInt64(self.inLine.count)))
        self.leave(waiting, .left, &random)
    }

    /// The server ends: nobody waits on.
    func drainLine(_ random: inout SplitMix64) {
        for waiting in self.inLine { self.leave(waiting, .draining, &random) }
        self.inLine = []
    }

    private func leave(_ waiting: RedeemInLine, _ end: WaitLabel, _ random: inout SplitMix64) {
        if let redeem = waiting.redeem { self.decide(&random) { self.signaling.rendezvous.leave(redeem, end, $0) } }
        self.requests.failures.leave(waiting.origin, isDrained: end == .draining, now: self.now)
    }

    /// What a code came to, of which the contract says whether it is looked at now.
    private func follow(_ outcome: Rendezvous.Redeemed, _ expected: GuessModel.Verdict, _ waiting: RedeemInLine) {
        let code = waiting.code
        switch (outcome, expected) {
        case (.waits(let redeem, let until), .wait(let expected)):
            self.check(until == expected, "a code waits for \((until - expected).milliseconds) ms more than it should")
            var waiting = waiting
            (waiting.redeem, waiting.until) = (redeem, until)
            self.inLine.append(waiting)
        case (.tooManyFailures(let wait), .refuse(let expected)):
            self.check(wait == expected, "a client is told to wait for \(wait.milliseconds) ms instead of \(expected.milliseconds)")
        case (.room(let room, let lifetime), .look) where waiting.id == nil:
            self.redeemed(code, .redeemed(room, lifetime: lifetime), room)
        case (.namedRoom(let room, let expiresAt, false), .look):
            let lifetime = self.codes.life(of: code, now: self.now)
            let end = self.clock.serverClock.unixSeconds() + lifetime.seconds
            self.check(expiresAt == end, "code \(code.text) is said to end at \(expiresAt) instead of \(end)")
            self.redeemed(code, .redeemed(room, lifetime: lifetime), room)
            if let id = waiting.id { self.codes.remember(code, id, room, expiresAt: expiresAt, now: self.now) }
        case (.gone(let alarm), .look):
            if let fault = self.requests.failures.fail(waiting.origin, now: self.now) { self.fail(fault) }
            if let fault = self.codes.redeem(code, .gone, now: self.now) { self.fail(fault) }
            guard let alarm else { return }
            self.codes.alarms += 1
            self.check((4...self.profile.digitsMax).contains(alarm.digits), "codes have \(alarm.digits) digits after an alarm")
        default:
            self.fail("a code came to \(outcome), and it should \(expected)")
        }
    }

    private func redeemed(_ code: Code, _ outcome: CodeModel.Outcome, _ room: RoomID) {
        if let fault = self.codes.redeem(code, outcome, now: self.now) { self.fail(fault) }
        // Some of the rooms are met in.
        if self.roomNames.count < 200 { self.roomNames.append(room) }
    }

    // MARK: - What is sent

    private func presentedCode(_ random: inout SplitMix64) -> Rendezvous.PresentedCode? {
        switch random.next() % 32 {
        case 0: return .wrongMediaType
        case 1: return .malformed
        case 2: return .malformedID
        case 3...8:
            // Again, by whoever had it or by somebody else.
            guard let recent = self.codes.recent.last(where: { _ in random.next() % 2 == 0 }) else { return nil }
            return .code(recent.code, id: random.next() % 3 == 0 ? self.name(&random) : recent.id)
        default:
            let known = self.codes.known
            let guess = Code(value: UInt32(random.next() % 10_000), digits: 4)
            let id = self.name(&random)
            if known.isEmpty || random.next() % 4 == 0 { return guess.map { .code($0, id: id) } }
            return .code(known[Int(random.next() % UInt64(known.count))], id: id)
        }
    }

    /// A name for an attempt: none, one of few, or a new one.
    private func name(_ random: inout SplitMix64) -> RedeemID? {
        switch random.next() % 3 {
        case 0: nil
        case 1: RedeemID(Array("the-same-name-\(10 + random.next() % 4)".utf8))
        default: RedeemID(Array("a-name-of-ones-own-\(random.next())".utf8))
        }
    }
}
