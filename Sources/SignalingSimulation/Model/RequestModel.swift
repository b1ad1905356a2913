import NetworkAddresses
import SignalingRuntime
import TimeKeeping

/// What the contract says of requests before their rooms and codes are looked at: which are refused, and for what, in the order in which
/// that is checked.
struct RequestModel {
    /// Of codes to be minted and redeemed.
    private(set) var http: LimitModel
    private(set) var upgrades: LimitModel
    var failures: GuessModel
    /// WebSockets that may be open.
    let places: Int
    var isDraining = false
    private(set) var malformedCodes = 0

    init(http: Int, upgrades: Int, failures: Int, places: Int) {
        self.http = LimitModel(limit: http)
        self.upgrades = LimitModel(limit: upgrades)
        self.failures = GuessModel(limit: failures)
        self.places = places
    }

    /// While these have places.
    mutating func admission(
        of attempt: Admission.Attempt, from origin: Origin, holders: [ClientAddress], now: MonotonicTime
    ) -> Admission.Outcome {
        if let wait = self.upgrades.admit(origin, now: now) { return .tooManyUpgrades(retryAfter: wait) }
        if case .malformed = attempt { return .malformed }
        if self.isDraining { return .draining }
        switch ShareModel(bound: self.places, held: holders.map { ($0, 1) }).verdict(on: 1, for: origin.address) {
        case .exhausted: return .full
        case .overShare: return .tooManyOpen
        case .granted: break
        }
        if case .question = attempt { return .wouldBeAdmitted }
        return .admitted
    }

    /// Nil where it depends on the codes.
    mutating func refusal(of life: Rendezvous.WantedLife, from origin: Origin, now: MonotonicTime) -> Rendezvous.Minted? {
        if let refusal = self.refusal(from: origin, now: now) { return .refused(refusal) }
        guard case .malformed(let fault) = life else { return nil }
        return .malformed(fault)
    }

    /// Nil where it depends on the codes. `again`: what the same code was redeemed for under the same name.
    mutating func answer(
        to code: Rendezvous.PresentedCode, from origin: Origin, again: Rendezvous.Redeemed?, now: MonotonicTime
    ) -> Rendezvous.Redeemed? {
        if self.isDraining { return again ?? .refused(.draining) }
        if let refusal = self.refusal(from: origin, now: now) { return .refused(refusal) }
        switch code {
        case .wrongMediaType: return .wrongMediaType
        case .malformed, .malformedID:
            self.malformedCodes += 1
            return code == .malformed ? .malformed : .malformedID
        case .code: return again
        }
    }

    private mutating func refusal(from origin: Origin, now: MonotonicTime) -> Rendezvous.Refusal? {
        if self.isDraining { return .draining }
        return self.http.admit(origin, now: now).map { .tooManyRequests(retryAfter: $0) }
    }
}
