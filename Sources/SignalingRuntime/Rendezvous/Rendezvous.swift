import ByteStreams
import MetricsCore
package import NetworkAddresses
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Decides what becomes of a request to mint or to redeem a code: limits first, then the codes, then what is counted.
package final class Rendezvous: Sendable {
    private let codes: CodeService
    private let limits: ClientLimits
    private let phase: ServerPhase

    package init(codes: CodeService, limits: ClientLimits, phase: ServerPhase) {
        self.codes = codes
        self.limits = limits
        self.phase = phase
    }

    /// Why a request is not looked at.
    package enum Refusal: Sendable, Equatable {
        /// The server is about to end.
        case draining
        case tooManyRequests(retryAfter: TimeSpan)
    }

    // MARK: - Minting

    /// The life that a client wants its code to have.
    package enum WantedLife: Sendable, Equatable {
        case longest
        case atMost(TimeSpan)
        case malformed(MalformedLife)
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
    }

    package func mint(_ life: WantedLife, client: ClientAddress, _ loop: SignalingLoop) -> Minted {
        if let refusal = self.refusal(client, loop) { return .refused(refusal) }
        let ttl: TimeSpan?
        switch life {
        case .longest: ttl = nil
        case .atMost(let time): ttl = time
        case .malformed(let fault): return .malformed(fault)
        }
        let result = self.codes.mint(ttl: ttl, client: client, now: loop.clock.now())
        switch result {
        case .minted(let code, let room, let lifetime):
            loop.metrics.count { $0.codesMinted += 1 }
            return .code(code, room: room, lifetime: lifetime)
        case .exhausted(let retryAfter):
            loop.metrics.count { $0.codesExhausted += 1 }
            return .exhausted(retryAfter: retryAfter)
        case .tooManyLive:
            return .tooManyLive
        }
    }

    // MARK: - Redeeming

    /// What a client sent as a code.
    package enum PresentedCode: Sendable, Equatable {
        case code(Code)
        case malformed
        /// It was not sent as JSON.
        case wrongMediaType
    }

    package enum Redeemed: Sendable, Equatable {
        /// `lifetime` is what is left of the code's life.
        case room(RoomID, lifetime: TimeSpan)
        /// The code was used, has expired or never was. A wrong guess of many may raise an alarm, which refuses nobody.
        case gone(GuessingAlarm?)
        case malformed
        case wrongMediaType
        /// The client has made as many wrong guesses as it may.
        case tooManyFailures(retryAfter: TimeSpan)
        case refused(Refusal)
    }

    package func redeem(_ presented: PresentedCode, client: ClientAddress, _ loop: SignalingLoop) -> Redeemed {
        if let refusal = self.refusal(client, loop) { return .refused(refusal) }
        if presented == .wrongMediaType { return .wrongMediaType }
        if let wait = self.limits.redeemFailures.check(client, loop) {
            loop.metrics.count { $0.codesRedeemed[.limited] += 1 }
            return .tooManyFailures(retryAfter: wait)
        }
        guard case .code(let code) = presented else {
            loop.metrics.count { $0.codesRedeemed[.malformed] += 1 }
            return .malformed
        }
        switch self.codes.redeem(code, now: loop.clock.now()) {
        case .redeemed(let room, let lifetime):
            loop.metrics.count { $0.codesRedeemed[.ok] += 1 }
            return .room(room, lifetime: lifetime)
        case .gone(let alarm):
            self.limits.redeemFailures.record(client, loop)
            loop.metrics.count {
                $0.codesRedeemed[.gone] += 1
                if alarm != nil { $0.guessingAlarms += 1 }
            }
            return .gone(alarm)
        }
    }

    private func refusal(_ client: ClientAddress, _ loop: SignalingLoop) -> Refusal? {
        if self.phase.isDraining { return .draining }
        return self.limits.http.admit(client, loop).map { .tooManyRequests(retryAfter: $0) }
    }
}
