import ByteStreams
import MetricsCore
package import NetworkAddresses
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Decides what becomes of a request to mint or to redeem a code: limits first, then the codes, then what is counted.
package final class Rendezvous: Sendable {
    private let codes: any CodePlace
    private let limits: ClientLimits
    private let phase: ServerPhase

    package init(codes: any CodePlace, limits: ClientLimits, phase: ServerPhase) {
        self.codes = codes
        self.limits = limits
        self.phase = phase
    }

    /// Why a request is not looked at.
    package enum Refusal: Sendable, Equatable {
        /// The server is about to end.
        case draining
        case tooManyRequests(retryAfter: TimeSpan)
        /// Nothing can be stored now.
        case unavailable
    }

    /// Whether nothing new is taken on, as the server is about to end.
    package var isDraining: Bool { self.phase.isDraining }

    // MARK: - Minting

    /// The life that a client wants its code to have.
    package enum WantedLife: Sendable, Equatable {
        case longest
        case atMost(TimeSpan)
        case malformed(MalformedLife)

        /// Not longer than this, whatever is wanted.
        package func lowered(to most: TimeSpan?) -> WantedLife {
            guard let most else { return self }
            switch self {
            case .longest: return .atMost(most)
            case .atMost(let time): return .atMost(min(time, most))
            case .malformed: return self
            }
        }
    }

    package enum MalformedLife: Sendable, Equatable { case body, ttl }

    package enum Minted: Sendable, Equatable {
        /// `lifetime` counts from now.
        case code(Code, room: RoomID, lifetime: TimeSpan)
        /// No code is free.
        case exhausted(retryAfter: TimeSpan)
        /// The client has its share of live codes, or as many as any client may.
        case tooManyLive
        case malformed(MalformedLife)
        case refused(Refusal)
        /// The code is being stored. Its result is for `outcome(of:_:)`.
        case later(LateReply<CodeService.MintResult>)
    }

    package func mint(_ life: WantedLife, client: ClientAddress, _ loop: SignalingLoop) -> Minted {
        if let refusal = self.refusal(client, loop) { return .refused(refusal) }
        let ttl: TimeSpan?
        switch life {
        case .longest: ttl = nil
        case .atMost(let time): ttl = time
        case .malformed(let fault): return .malformed(fault)
        }
        return self.outcome(of: self.codes.mint(ttl: ttl, client: client, loop), loop)
    }

    package func outcome(of result: CodeService.MintResult, _ loop: SignalingLoop) -> Minted {
        switch result {
        case .minted(let code, let room, let lifetime):
            loop.metrics.count { $0.codesMinted += 1 }
            return .code(code, room: room, lifetime: lifetime)
        case .exhausted(let retryAfter):
            loop.metrics.count { $0.codesExhausted += 1 }
            return .exhausted(retryAfter: retryAfter)
        case .tooManyLive:
            return .tooManyLive
        case .unavailable:
            return .refused(.unavailable)
        case .later(let reply):
            return .later(reply)
        }
    }

    // MARK: - Redeeming

    /// What a client sent as a code.
    package enum PresentedCode: Sendable, Equatable {
        /// With the name of the attempt, by which it may be repeated.
        case code(Code, id: RedeemID? = nil)
        case malformed
        /// The code is one, and the name of the attempt is none.
        case malformedID
        /// It was not sent as JSON.
        case wrongMediaType
    }

    package enum Redeemed: Sendable, Equatable {
        /// `lifetime` is what is left of the code's life.
        case room(RoomID, lifetime: TimeSpan)
        /// The attempt has a name. `expiresAt` is the end of the code's life in seconds since 1970 UTC: the same in each repetition.
        case namedRoom(RoomID, expiresAt: Double, isRepeated: Bool)
        /// The code was used, has expired or never was. A wrong guess of many may raise an alarm, which refuses nobody.
        case gone(GuessingAlarm?)
        case malformed
        case malformedID
        case wrongMediaType
        /// The client has made as many wrong guesses as it may for now. It holds a place, to be given back by `lookAt` at this time or by
        /// `leave`.
        case waits(WaitingRedeem, until: MonotonicTime)
        /// The same, and it cannot wait: the next guess is too far away, or too many wait already.
        case tooManyFailures(retryAfter: TimeSpan)
        case refused(Refusal)
        /// The redemption is being stored. Its result is for `outcome(of:for:_:)`, with what was looked at.
        case later(LateReply<CodeService.RedeemResult>, WaitingRedeem?)
    }

    /// A code that is not looked at yet.
    package struct WaitingRedeem: Sendable, Equatable {
        fileprivate let code: Code
        fileprivate let id: RedeemID?
        fileprivate let client: ClientAddress
        fileprivate let since: MonotonicTime
    }

    /// - Parameters:
    ///   - client: Whose guess it is.
    ///   - subject: Whose request it is, where that is known: who somebody is changes nothing about how often codes are guessed from there.
    package func redeem(
        _ presented: PresentedCode, client: ClientAddress, subject: ClientAddress? = nil, _ loop: SignalingLoop
    ) -> Redeemed {
        // Whoever has redeemed a code before the server began to end may still learn for what.
        if self.phase.isDraining { return self.repetition(of: presented, loop) ?? .refused(.draining) }
        if let refusal = self.refusal(subject ?? client, loop) { return .refused(refusal) }
        switch presented {
        case .wrongMediaType: return .wrongMediaType
        case .malformed, .malformedID:
            loop.metrics.count { $0.codesRedeemed[.malformed] += 1 }
            return presented == .malformed ? .malformed : .malformedID
        case .code(let code, let id):
            // A repetition is no guess, and waits for nothing.
            if let again = self.repetition(of: presented, loop) { return again }
            let redeem = WaitingRedeem(code: code, id: id, client: client, since: loop.clock.now())
            return self.outcome(of: redeem, self.limits.redeemFailures.arrive(client, now: redeem.since) { self.look(redeem, loop) }, loop)
        }
    }

    /// The time has come that a code was to wait for.
    package func lookAt(_ redeem: WaitingRedeem, _ loop: SignalingLoop) -> Redeemed {
        if self.phase.isDraining {
            self.leave(redeem, .draining, loop)
            return .refused(.draining)
        }
        let turn = self.limits.redeemFailures.call(redeem.client, since: redeem.since, now: loop.clock.now()) { self.look(redeem, loop) }
        switch turn {
        case .waits: break
        case .looked: loop.metrics.count { $0.redeemWaits[.looked] += 1 }
        case .refused: loop.metrics.count { $0.redeemWaits[.limited] += 1 }
        }
        return self.outcome(of: redeem, turn, loop)
    }

    /// A code that waits is not to be looked at any more, as its client has left or the server is about to end.
    package func leave(_ redeem: WaitingRedeem, _ end: WaitLabel, _ loop: SignalingLoop) {
        self.limits.redeemFailures.leave(redeem.client)
        loop.metrics.count { $0.redeemWaits[end] += 1 }
    }

    private func look(_ redeem: WaitingRedeem, _ loop: SignalingLoop) -> (outcome: CodeService.RedeemResult, isFailure: Bool) {
        let result = self.codes.redeem(redeem.code, redeem.id, client: redeem.client, loop)
        if case .gone = result { return (result, true) }
        return (result, false)
    }

    private func outcome(
        of redeem: WaitingRedeem, _ turn: GuessLimit.Turn<CodeService.RedeemResult>, _ loop: SignalingLoop
    ) -> Redeemed {
        switch turn {
        case .waits(let until): return .waits(redeem, until: until)
        case .refused(let retryAfter):
            loop.metrics.count {
                $0.codesRedeemed[.limited] += 1
                $0.rateLimited[.redeem] += 1
            }
            return .tooManyFailures(retryAfter: retryAfter)
        case .looked(let result): return self.outcome(of: result, for: redeem, loop)
        }
    }

    /// - Parameter redeem: Nil for what is known to be a repetition.
    package func outcome(of result: CodeService.RedeemResult, for redeem: WaitingRedeem?, _ loop: SignalingLoop) -> Redeemed {
        switch result {
        case .redeemed(let room, let lifetime):
            loop.metrics.count { $0.codesRedeemed[.ok] += 1 }
            return .room(room, lifetime: lifetime)
        case .named(let redemption, let isRepeated):
            loop.metrics.count { $0.codesRedeemed[isRepeated ? .repeated : .ok] += 1 }
            return .namedRoom(redemption.room, expiresAt: redemption.expiresAt, isRepeated: isRepeated)
        case .unavailable:
            return .refused(.unavailable)
        case .later(let reply):
            return .later(reply, redeem)
        case .mustWait(let time):
            guard let redeem else { return .tooManyFailures(retryAfter: time) }
            let turn: GuessLimit.Turn<CodeService.RedeemResult> = self.limits.redeemFailures.postpone(
                redeem.client, since: redeem.since, by: time, now: loop.clock.now())
            return self.outcome(of: redeem, turn, loop)
        case .gone(let alarm):
            loop.metrics.count {
                $0.codesRedeemed[.gone] += 1
                if alarm != nil { $0.guessingAlarms += 1 }
            }
            return .gone(alarm)
        }
    }

    private func repetition(of presented: PresentedCode, _ loop: SignalingLoop) -> Redeemed? {
        guard case .code(let code, let id?) = presented else { return nil }
        return self.codes.repetition(of: code, id, loop).map { self.outcome(of: $0, for: nil, loop) }
    }

    /// Why no request of this client's is looked at now. One that is looked at is counted.
    package func refusal(_ client: ClientAddress, _ loop: SignalingLoop) -> Refusal? {
        if self.phase.isDraining { return .draining }
        return self.limits.http.admit(client, loop).map { .tooManyRequests(retryAfter: $0) }
    }
}
