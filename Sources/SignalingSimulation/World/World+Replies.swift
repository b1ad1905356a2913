import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// A request for a code, or with one, whose answer waits until what was decided is stored.
final class Reply {
    enum Asked {
        case mint(until: MonotonicTime, ClientAddress)
        case redeem(Code, RedeemID?)
        /// What was redeemed under this name, whose redemption is being stored.
        case again(CodeModel.Redemption)
        /// A code that another has, whose redemption is being stored.
        case rival(Code, RoomID)
    }

    let asked: Asked
    let loop: Int
    /// Its client waits no longer.
    let deadline: MonotonicTime
    let abandon: () -> Void
    var isAbandoned = false
    /// What the store has said of it: that may not have come to its loop yet.
    var isWritten: Bool?
    /// The code that was stored.
    var stored: StoredCode?
    var minted: Rendezvous.Minted?
    var redeemed: Rendezvous.Redeemed?

    init(_ asked: Asked, loop: Int, deadline: MonotonicTime, abandon: @escaping () -> Void) {
        self.asked = asked
        self.loop = loop
        self.deadline = deadline
        self.abandon = abandon
    }

    var isMint: Bool { if case .mint = self.asked { true } else { false } }
    var isAnswered: Bool { self.minted != nil || self.redeemed != nil }

    /// Whether this is what it waits for.
    func minted(_ code: StoredCode) -> Bool {
        guard case .mint(_, code.client) = self.asked else { return false }
        self.stored = code
        return true
    }

    func redeemed(_ code: Code, _ room: RoomID) -> Bool {
        switch self.asked {
        case .mint: false
        case .redeem(let asked, _): asked == code
        case .again(let redemption): redemption.code == code && redemption.room == room
        case .rival(code, room): true
        case .rival: false
        }
    }
}

/// Answers that come when the store has what was decided.
extension World {
    /// How long the server lets a client wait for its store.
    private static let patience = TimeSpan.seconds(3)

    func expect(_ reply: LateReply<CodeService.MintResult>, _ asked: Reply.Asked, on loop: Int) {
        let waiting = self.waiting(asked, loop) { reply.abandon() }
        let (rendezvous, signaling) = (self.signaling.rendezvous, self.signalingLoop(loop))
        reply.then { [weak waiting] in waiting?.minted = rendezvous.outcome(of: $0, signaling) }
    }

    func expect(_ reply: LateReply<CodeService.RedeemResult>, _ asked: Reply.Asked, on loop: Int) {
        let waiting = self.waiting(asked, loop) { reply.abandon() }
        let (rendezvous, signaling) = (self.signaling.rendezvous, self.signalingLoop(loop))
        reply.then { [weak waiting] in waiting?.redeemed = rendezvous.outcome(of: $0, for: nil, signaling) }
    }

    private func waiting(_ asked: Reply.Asked, _ loop: Int, abandon: @escaping () -> Void) -> Reply {
        let reply = Reply(asked, loop: loop, deadline: self.now + Self.patience, abandon: abandon)
        self.replies.append(reply)
        return reply
    }

    private func signalingLoop(_ index: Int) -> SignalingLoop {
        self.loops[index].turn { self.signaling.loop(self.contexts[index]) }
    }

    // MARK: - Those who do not wait

    /// Some client leaves.
    func abandonReply(_ random: inout SplitMix64) {
        guard !self.replies.isEmpty else { return }
        self.abandon(self.replies[Int(random.next() % UInt64(self.replies.count))])
    }

    /// Those who have waited long enough are told that nothing can be stored.
    func abandonOverdue() {
        for reply in self.replies where reply.deadline <= self.now { self.abandon(reply) }
    }

    private func abandon(_ reply: Reply) {
        guard !reply.isAbandoned else { return }
        reply.isAbandoned = true
        self.loops[reply.loop].turn { reply.abandon() }
    }

    // MARK: - Those who are told

    /// After a loop was told what the store has said so far.
    func followReplies(on loop: Int) {
        guard self.replies.contains(where: { $0.loop == loop }) else { return }
        for reply in self.replies where reply.loop == loop {
            if let isWritten = reply.isWritten {
                self.follow(reply, isWritten: isWritten)
            } else {
                self.check(!reply.isAnswered, "a request was answered before that was stored: \(reply.asked)")
            }
        }
        self.replies.removeAll { $0.loop == loop && $0.isWritten != nil }
    }

    private func follow(_ reply: Reply, isWritten: Bool) {
        if reply.isAbandoned {
            self.check(!reply.isAnswered, "a request was answered that nobody waited for")
        } else {
            self.check(reply.isAnswered, "a request was not answered though the store had done its part: \(reply.asked)")
        }
        switch reply.asked {
        case .mint(let until, let client):
            if !reply.isAbandoned { self.followMint(reply.minted, reply.stored, until: until, client) }
        case .redeem(let code, let id): self.followRedeem(reply, code, id, isWritten: isWritten)
        case .rival(let code, _):
            guard let outcome = reply.redeemed else { return }
            let isRight = outcome == (isWritten ? .gone(nil) : .refused(.unavailable))
            self.check(isRight, "code \(code.text), which another had, came to \(outcome)")
            if isWritten { self.codes.rivals += 1 }
        case .again(let redemption):
            guard let outcome = reply.redeemed else { return }
            let known = self.codes.repetition(of: .code(redemption.code, id: redemption.id), room: redemption.room) ?? redemption
            let isRight = isWritten ? self.codes.isSaid(outcome, of: known, isRepeated: true) : outcome == .refused(.unavailable)
            self.check(isRight, "a repeated code came to \(outcome)")
            if isWritten { self.codes.repeated += 1 }
        }
    }

    private func followMint(_ outcome: Rendezvous.Minted?, _ stored: StoredCode?, until: MonotonicTime, _ client: ClientAddress) {
        guard let stored else {
            let isRight = outcome == .refused(.unavailable)
            return self.check(isRight, "a request for a code that was not stored came to \(outcome.debugDescription)")
        }
        let life = max(until - self.now, .seconds(0))
        let isRight = outcome == .code(stored.code, room: stored.room, lifetime: life)
        self.check(isRight, "a request for a code came to \(outcome.debugDescription), and \(stored) was stored")
        self.minted(stored.code, stored.room, until: until, client)
    }

    private func followRedeem(_ reply: Reply, _ code: Code, _ id: RedeemID?, isWritten: Bool) {
        guard isWritten, !reply.isAbandoned || id != nil else {
            if let outcome = reply.redeemed {
                self.check(outcome == .refused(.unavailable), "a code whose redemption was not stored came to \(outcome)")
            }
            return self.codes.giveBack(code, id, isWritten: isWritten)
        }
        guard let outcome = reply.redeemed else { return self.codes.redeemed(code, isSaid: false) }
        self.redeemed(code, id, outcome)
    }
}
