import ByteStreams
import HTTPServer
import SignalingRuntime
import TimeKeeping

/// A redeem request whose client has used up its guesses for now: it is looked at when the time has come for the next. Used on its loop
/// only.
final class RedeemInLine: DeferredResponse, DeadlineTarget {
    private let redeem: Rendezvous.WaitingRedeem
    private var until: MonotonicTime
    private let recipient: RendezvousAPI.Recipient
    private let api: RendezvousAPI
    private let loop: SignalingLoop
    private var response: LateResponse?
    private var timer: ExpiryToken?

    init(
        _ redeem: Rendezvous.WaitingRedeem, until: MonotonicTime, for recipient: RendezvousAPI.Recipient, _ api: RendezvousAPI,
        _ loop: SignalingLoop
    ) {
        self.redeem = redeem
        self.until = until
        self.recipient = recipient
        self.api = api
        self.loop = loop
    }

    func begin(_ response: LateResponse) {
        self.response = response
        self.wait()
    }

    func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        let redeemed = self.api.rendezvous.lookAt(self.redeem, self.loop)
        if case .waits(_, let until) = redeemed {
            self.until = until
            return self.wait()
        }
        self.respond { () throws(Problem) in try self.api.outcome(of: redeemed, for: self.recipient, self.loop) }
    }

    func hurry() {
        self.leave(.draining)
        self.respond { () throws(Problem) in try self.api.outcome(of: .refused(.draining), for: self.recipient, self.loop) }
    }

    func cancelled() {
        self.leave(.left)
        self.response = nil
    }

    private func wait() { self.timer = self.loop.context.timers.schedule(self, at: self.until) }

    private func leave(_ end: WaitLabel) {
        if let timer = self.timer.take() { self.loop.context.timers.cancel(timer) }
        self.api.rendezvous.leave(self.redeem, end, self.loop)
    }

    private func respond(_ outcome: () throws(Problem) -> HTTPOutcome) { self.response.take()?.respond(with: outcome) }
}
