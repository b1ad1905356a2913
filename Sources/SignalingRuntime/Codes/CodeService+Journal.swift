package import ByteStreams
import FairShares
import NIOConcurrencyHelpers
import NetworkAddresses
package import SignalingCore
import SignalingWire
import TimeKeeping

/// What is decided about codes is stored before it is said: a code that was answered can be redeemed after a restart, and one that was
/// redeemed cannot.
extension CodeService {
    struct MintedCode: Sendable {
        let code: Code
        let room: RoomID
        let expires: MonotonicTime
        let client: ClientAddress

        func stored(_ clock: ServerClock) -> StoredCode {
            StoredCode(code: self.code, room: self.room, expires: clock.unixMilliseconds(at: self.expires), client: self.client)
        }
    }

    struct TakenCode: Sendable {
        let minted: MintedCode
        let id: RedeemID?
    }

    func record(_ minted: MintedCode, _ state: inout State, _ loop: SignalingLoop) -> MintResult {
        let reply = LateReply<MintResult>()
        let waiter = StoredAnswer { isWritten, loop in
            guard isWritten, !reply.isAbandoned else {
                self.free(minted, isWritten: isWritten, loop)
                return reply.resolve(.unavailable)
            }
            self.state.withLockedValue { $0.decided(minted.code, room: minted.room) }
            let lifetime = max(minted.expires - loop.clock.now(), TimeSpan(nanoseconds: 0))
            reply.resolve(.minted(minted.code, room: minted.room, lifetime: lifetime))
        }
        let change = StoredChange.minted(minted.stored(loop.clock))
        guard let position = self.journal?.record(change, for: waiter, loop) else {
            state.book.takeBack(minted.code, room: minted.room)
            return .unavailable
        }
        state.undecided[minted.room] = change
        waiter.position = position
        return .later(reply)
    }

    func record(
        _ taken: TakenCode, _ redemption: RecentRedemptions.Redemption?, _ state: inout State, _ loop: SignalingLoop
    ) -> RedeemResult {
        let minted = taken.minted
        let reply = LateReply<RedeemResult>()
        let waiter = StoredAnswer { isWritten, loop in
            // By its name the client may have the answer still. Without one it never learns it, and the code has not done its work.
            guard isWritten, !reply.isAbandoned || taken.id != nil else {
                self.giveBack(taken, isWritten: isWritten, loop)
                return reply.resolve(.unavailable)
            }
            self.remove(minted) { $0.redeemed() }
            if let redemption { return reply.resolve(.named(redemption, isRepeated: false)) }
            let lifetime = max(minted.expires - loop.clock.now(), TimeSpan(nanoseconds: 0))
            reply.resolve(.redeemed(room: minted.room, lifetime: lifetime))
        }
        let change = StoredChange.redeemed(
            minted.code, room: minted.room, redemption.flatMap { self.stored($0, of: minted.code, taken.id, loop) })
        guard let position = self.journal?.record(change, for: waiter, loop) else {
            if let id = taken.id { state.recent.forget(minted.code, id) }
            return .unavailable
        }
        state.undecided[minted.room] = change
        waiter.position = position
        return .later(reply)
    }

    /// An answer that is true when this redemption is written. It is recorded once more, which changes nothing, so that this waits behind it.
    func answer(_ result: RedeemResult, behind redemption: StoredChange, _ loop: SignalingLoop) -> RedeemResult {
        let reply = LateReply<RedeemResult>()
        let waiter = StoredAnswer { isWritten, _ in reply.resolve(isWritten ? result : .unavailable) }
        guard let position = self.journal?.record(redemption, for: waiter, loop) else { return .unavailable }
        waiter.position = position
        return .later(reply)
    }

    private func stored(
        _ redemption: RecentRedemptions.Redemption, of code: Code, _ id: RedeemID?, _ loop: SignalingLoop
    ) -> StoredRedemption? {
        guard let id else { return nil }
        let forgotten = loop.clock.unixMilliseconds(at: loop.clock.now() + RecentRedemptions.memory)
        return StoredRedemption(code: code, id: id, redemption: redemption, forgotten: forgotten)
    }

    /// Nobody is told of the code.
    private func free(_ minted: MintedCode, isWritten: Bool, _ loop: SignalingLoop) {
        self.remove(minted) { _ in
            if isWritten { self.journal?.note(.freed(minted.code, room: minted.room), now: loop.clock.now()) }
        }
    }

    private func remove(_ minted: MintedCode, then note: (inout State) -> Void) {
        self.state.withLockedValue { state in
            state.undecided[minted.room] = nil
            state.book.takeBack(minted.code, room: minted.room)
            state.giveFreed(to: self.shares)
            note(&state)
        }
    }

    /// Nobody is told that the code was redeemed: it can be.
    private func giveBack(_ taken: TakenCode, isWritten: Bool, _ loop: SignalingLoop) {
        let now = loop.clock.now()
        self.state.withLockedValue { state in
            state.decided(taken.minted.code, room: taken.minted.room)
            if let id = taken.id { state.recent.forget(taken.minted.code, id) }
            if isWritten, taken.minted.expires > now { self.journal?.note(.minted(taken.minted.stored(loop.clock)), now: now) }
        }
    }

    // MARK: - After a restart

    /// Takes over what the process before had. Called before the first client comes. The result is how many codes this server cannot have,
    /// as its settings allow other lengths or fewer codes.
    package func adopt(_ codes: [StoredCode], _ redemptions: [StoredRedemption], clock: ServerClock) -> Int {
        let now = clock.now()
        return self.state.withLockedValue { state in
            for redemption in redemptions {
                let left = clock.time(at: redemption.forgotten) - now
                guard left.nanoseconds > 0 else { continue }
                state.recent.remember(redemption.code, redemption.id, redemption.redemption, for: left, now: now)
            }
            var refused = 0
            for stored in codes {
                let expires = clock.time(at: stored.expires)
                guard expires > now else { continue }
                if state.book.restore(stored.code, room: stored.room, expires: expires, client: stored.client, now: now) {
                    self.shares.change(.codes, by: 1, for: stored.client)
                } else {
                    refused += 1
                }
            }
            state.lose(refused)
            return refused
        }
    }
}

/// Waits until a decision is written, or is not.
///
/// `@unchecked Sendable`: it is used on the loop that made it only; the journal's writer hands it back to that loop.
private final class StoredAnswer: JournalWaiter, @unchecked Sendable {
    /// Set before the loop can be told anything: it is the loop that records, and it is told later.
    var position = JournalPosition.max
    private var settle: ((_ isWritten: Bool, SignalingLoop) -> Void)?

    init(_ settle: @escaping (_ isWritten: Bool, SignalingLoop) -> Void) { self.settle = settle }

    func settled(_ outcome: JournalOutcome, _ loop: SignalingLoop) {
        guard self.position <= max(outcome.written, outcome.refused) else { return }
        self.settle.take()?(self.position <= outcome.written, loop)
    }
}
