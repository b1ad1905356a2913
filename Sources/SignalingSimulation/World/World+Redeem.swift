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
        if self.codes.isUnsure(presented, now: self.now) { return }
        let (outcome, loop) = self.decideSomewhere(&random) { self.signaling.rendezvous.redeem(presented, client: origin.address, $0) }
        let again = self.codes.repetition(of: presented, now: self.now)
        if let expected = self.requests.answer(to: presented, from: origin, again: again?.outcome, now: self.now) {
            if case .namedRoom = expected, let again { return self.follow(outcome, again, on: loop) }
            return self.check(outcome == expected, "a code came to \(outcome) instead of \(expected)")
        }
        guard case .code(let code, let id) = presented else { return self.fail("a code came to \(outcome), and it was none") }
        let expected = self.requests.failures.arrive(origin, now: self.now)
        self.follow(outcome, expected, RedeemInLine(code: code, id: id, origin: origin, since: self.now, until: self.now), on: loop)
    }

    /// What a code came to that was redeemed before under the same name.
    private func follow(_ outcome: Rendezvous.Redeemed, _ again: CodeModel.Redemption, on loop: Int) {
        guard self.codes.isUndecided(again) else {
            self.codes.repeated += 1
            let isRight = self.codes.isSaid(outcome, of: again, isRepeated: true)
            return self.check(isRight, "a code came to \(outcome) instead of \(again.outcome)")
        }
        if case .later(let reply, _) = outcome, self.store?.isFailing == false { return self.expect(reply, .again(again), on: loop) }
        let isRight = self.store?.isFailing == true && outcome == .refused(.unavailable)
        self.check(isRight, "a code whose redemption is being stored came to \(outcome)")
    }

    /// Those whose time has come are looked at.
    func callLine() {
        var random = SplitMix64(seed: UInt64(bitPattern: self.now.nanoseconds))
        while self.violation == nil, let index = self.inLine.firstIndex(where: { $0.until <= self.now }) {
            let waiting = self.inLine.remove(at: index)
            guard let redeem = waiting.redeem else { continue }
            if self.codes.isUnsure(.code(waiting.code, id: waiting.id), now: self.now) {
                self.leave(waiting, .left, &random)
                continue
            }
            let (outcome, loop) = self.decideSomewhere(&random) { self.signaling.rendezvous.lookAt(redeem, $0) }
            if self.requests.isDraining {
                self.requests.failures.leave(waiting.origin, isDrained: true, now: self.now)
                self.check(outcome == .refused(.draining), "a code that waited came to \(outcome) at the server's end")
                continue
            }
            let expected = self.requests.failures.call(waiting.origin, since: waiting.since, now: self.now)
            // Somebody may have redeemed the same code under the same name meanwhile.
            if expected == .look, let again = self.codes.repetition(of: .code(waiting.code, id: waiting.id), now: self.now) {
                self.follow(outcome, again, on: loop)
                continue
            }
            self.follow(outcome, expected, waiting, on: loop)
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
    private func follow(_ outcome: Rendezvous.Redeemed, _ expected: GuessModel.Verdict, _ waiting: RedeemInLine, on loop: Int) {
        let code = waiting.code
        switch (outcome, expected) {
        case (.waits(let redeem, let until), .wait(let expected)):
            self.check(until == expected, "a code waits for \((until - expected).milliseconds) ms more than it should")
            var waiting = waiting
            (waiting.redeem, waiting.until) = (redeem, until)
            self.inLine.append(waiting)
        case (.tooManyFailures(let wait), .refuse(let expected)):
            self.check(wait == expected, "a client is told to wait for \(wait.milliseconds) ms instead of \(expected.milliseconds)")
        case (.room, .look) where self.store == nil, (.namedRoom, .look) where self.store == nil:
            self.take(waiting)
            self.redeemed(code, waiting.id, outcome)
        case (.later(let reply, _), .look) where self.store?.isFailing == false:
            if let rival = self.codes.redeeming[code], self.codes.live[code]?.isSurelyOver(self.now) ?? true {
                return self.expect(reply, .rival(code, rival.room), on: loop)
            }
            self.take(waiting)
            self.expect(reply, .redeem(code, waiting.id), on: loop)
        case (.refused(.unavailable), .look) where self.store?.isFailing == true:
            let isLive = self.codes.redeeming[code] != nil || self.codes.live[code].map { !$0.isSurelyOver(self.now) } ?? false
            self.check(isLive, "code \(code.text) could not be redeemed for the store's sake, and it is none")
        case (.gone(let alarm), .look):
            if let fault = self.requests.failures.fail(waiting.origin, now: self.now) { self.fail(fault) }
            if let fault = self.codes.refused(code, now: self.now) { self.fail(fault) }
            guard let alarm else { return }
            self.codes.alarms += 1
            self.check((4...self.profile.digitsMax).contains(alarm.digits), "codes have \(alarm.digits) digits after an alarm")
        default:
            self.fail("a code came to \(outcome), and it should \(expected)")
        }
    }

    /// The code is this request's, whose answer may come later.
    private func take(_ waiting: RedeemInLine) {
        let end = self.wall.unixSeconds() + self.codes.life(of: waiting.code, now: self.now).seconds
        if let fault = self.codes.take(waiting.code, now: self.now) { self.fail(fault) }
        guard let id = waiting.id, let entry = self.codes.redeeming[waiting.code] else { return }
        self.codes.remember(waiting.code, id, entry.room, expiresAt: end, now: self.now)
    }

    /// The answer is that the code leads to a room.
    func redeemed(_ code: Code, _ id: RedeemID?, _ outcome: Rendezvous.Redeemed) {
        guard let entry = self.codes.redeeming[code] else { return }
        switch (outcome, id) {
        case (.room(entry.room, let lifetime), nil):
            let life = max(entry.expires - self.now, .seconds(0))
            let isRight = abs((lifetime - life).nanoseconds) <= entry.slack.nanoseconds
            self.check(isRight, "code \(code.text) had another life left than was said")
        case (.namedRoom, let id?):
            let redemption = self.codes.repetition(of: .code(code, id: id), room: entry.room)
            let isRight = redemption.map { self.codes.isSaid(outcome, of: $0, isRepeated: false) } ?? true
            self.check(isRight, "code \(code.text) came to \(outcome) instead of \(redemption?.outcome ?? outcome)")
        default: self.fail("code \(code.text) came to \(outcome), and led to \(entry.room)")
        }
        self.codes.redeemed(code, isSaid: true)
        // Some of the rooms are met in.
        if self.roomNames.count < 200 { self.roomNames.append(entry.room) }
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

extension CodeModel.Redemption {
    /// What whoever repeats it is told.
    var outcome: Rendezvous.Redeemed { .namedRoom(self.room, expiresAt: self.expiresAt, isRepeated: true) }
}
