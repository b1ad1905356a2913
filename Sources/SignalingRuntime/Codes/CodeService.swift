import ByteStreams
package import FairShares
import NIOConcurrencyHelpers
package import NetworkAddresses
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Mints and redeems codes for every loop: the pure code book and the failure budget behind one lock. With a journal, what is decided here
/// is said when the journal has it.
package final class CodeService: CodePlace {
    package struct Settings: Sendable {
        package var digits: Int
        package var digitsMax: Int
        /// The longest life of a code, and its life where none is asked for.
        package var ttl: TimeSpan

        package init(digits: Int, digitsMax: Int, ttl: TimeSpan) {
            self.digits = digits
            self.digitsMax = digitsMax
            self.ttl = ttl
        }

        /// How many codes can be live at once.
        package var mostLive: Int { CodeBook.mostLive(digits: self.digits, digitsMax: self.digitsMax) }
    }

    package struct Gauges: Sendable, Equatable {
        package var live: Int
        /// Digits that codes are minted with now.
        package var digits: Int

        package init(live: Int, digits: Int) {
            self.live = live
            self.digits = digits
        }
    }

    package enum MintResult: Sendable, Equatable {
        /// `lifetime` counts from now.
        case minted(Code, room: RoomID, lifetime: TimeSpan)
        case exhausted(retryAfter: TimeSpan)
        /// The client has its share of live codes, or as many as any client may.
        case tooManyLive
        /// Nothing can be stored now.
        case unavailable
        case later(LateReply<MintResult>)
    }

    package enum RedeemResult: Sendable, Equatable {
        case redeemed(room: RoomID, lifetime: TimeSpan)
        /// By an attempt that has a name, or by the same attempt before.
        case named(RecentRedemptions.Redemption, isRepeated: Bool)
        /// A failed guess may raise an alarm, which refuses nobody.
        case gone(GuessingAlarm?)
        /// The client has made as many wrong guesses, anywhere, as it may for now. The code was not looked at.
        case mustWait(TimeSpan)
        /// Nothing can be stored now. The code is as it was.
        case unavailable
        case later(LateReply<RedeemResult>)
    }

    /// Codes freed at a time: more are freed by the next call, so that no request waits for a burst's end.
    package static let sweepBatch = 1024

    struct State: Sendable {
        var book: CodeBook
        var recent = RecentRedemptions()
        var budget = FailureBudget()
        var random: RandomSource
        /// What was decided on codes and is not in the journal yet, by the rooms that they lead to. Until then these codes are nobody's: they
        /// lead nowhere, and none like them is minted.
        var undecided: [RoomID: StoredChange] = [:]
        fileprivate(set) var ended = (redeemed: 0, expired: 0, lost: 0)
        fileprivate var isOver = false
    }
    let state: NIOLockedValueBox<State>
    let shares: ClientShares
    let journal: Journal?

    package init(settings: Settings, shares: ClientShares, random: RandomSource = .system, journal: Journal? = nil) {
        self.shares = shares
        self.journal = journal
        let book = CodeBook(digits: settings.digits, digitsMax: settings.digitsMax, maxTTL: settings.ttl)
        self.state = NIOLockedValueBox(State(book: book, random: random))
    }

    package func change(cap: Int) {}

    package func mint(ttl: TimeSpan?, client: ClientAddress, _ loop: SignalingLoop) -> MintResult {
        let now = loop.clock.now()
        let verdict = self.shares.take(.codes, for: client)
        switch verdict {
        case .granted: break
        case .overShare, .overCap: return .tooManyLive
        // As many can be live as the book has space for, so this is for the book to say; what it frees is not for those who have their share.
        case .exhausted: if self.shares.isAtShare(.codes, client) { return .tooManyLive }
        }
        return self.state.withLockedValue { state -> MintResult in
            defer { state.giveFreed(to: self.shares) }
            let room = RoomID.random(using: &state.random)
            let result = state.book.mint(ttl: ttl, room: room, client: client, now: now, using: &state.random)
            switch result {
            case .minted(let code, let expires):
                if verdict == .exhausted { self.shares.change(.codes, by: 1, for: client) }
                guard self.journal != nil else { return .minted(code, room: room, lifetime: expires - now) }
                return self.record(MintedCode(code: code, room: room, expires: expires, client: client), &state, loop)
            case .exhausted(let retryAfter):
                if verdict == .granted { self.shares.give(.codes, for: client) }
                return .exhausted(retryAfter: retryAfter)
            }
        }
    }

    /// Redeems a code, once. By the name of this attempt, if it has one, it may be repeated.
    package func redeem(_ code: Code, _ id: RedeemID?, client: ClientAddress, _ loop: SignalingLoop) -> RedeemResult {
        let now = loop.clock.now()
        return self.state.withLockedValue { state -> RedeemResult in
            defer { state.giveFreed(to: self.shares) }
            if let id, let redemption = state.recent.find(code, id, now: now) {
                return self.again(redemption, behind: state.undecided[redemption.room], loop)
            }
            let found = self.journal == nil ? state.book.redeem(code, now: now) : state.book.find(code, now: now)
            guard case .redeemed(let room, let expires, let client) = found else { return .gone(state.failed(now: now)) }
            if self.journal == nil { state.redeemed() }
            if let change = state.undecided[room] {
                // One that is being minted is nobody's yet. One that is being redeemed is gone when the journal has that, and not before.
                guard case .redeemed = change else { return .gone(state.failed(now: now)) }
                return self.answer(.gone(nil), behind: change, loop)
            }
            var redemption: RecentRedemptions.Redemption?
            if let id {
                let named = RecentRedemptions.Redemption(room: room, expiresAt: loop.clock.unixSeconds() + (expires - now).seconds)
                state.recent.remember(code, id, named, now: now)
                redemption = named
            }
            if self.journal != nil {
                let taken = TakenCode(minted: MintedCode(code: code, room: room, expires: expires, client: client), id: id)
                return self.record(taken, redemption, &state, loop)
            }
            return redemption.map { .named($0, isRepeated: false) } ?? .redeemed(room: room, lifetime: expires - now)
        }
    }

    /// What a code was redeemed for under this name lately; nil if it was not.
    package func repetition(of code: Code, _ id: RedeemID, _ loop: SignalingLoop) -> RedeemResult? {
        self.state.withLockedValue { state in
            state.recent.find(code, id, now: loop.clock.now()).map {
                self.again($0, behind: state.undecided[$0.room], loop)
            }
        }
    }

    /// Behind the original, where nobody has been told of that yet.
    private func again(
        _ redemption: RecentRedemptions.Redemption, behind original: StoredChange?, _ loop: SignalingLoop
    ) -> RedeemResult {
        let result = RedeemResult.named(redemption, isRepeated: true)
        return original.map { self.answer(result, behind: $0, loop) } ?? result
    }

    /// Frees expired codes and redemptions, a batch at a time; true while there may be more.
    package func sweep(now: MonotonicTime) -> Bool {
        self.state.withLockedValue { state in
            defer { state.giveFreed(to: self.shares) }
            let codes = state.book.sweep(now: now, limit: Self.sweepBatch)
            return state.recent.sweep(now: now, limit: Self.sweepBatch) == Self.sweepBatch || codes == Self.sweepBatch
        }
    }

    package func processEnds(now: MonotonicTime) {
        guard self.journal == nil else { return }
        self.state.withLockedValue { state in
            // Those beyond a batch that have expired count as lost: nobody waits here for a burst's end.
            state.book.sweep(now: now, limit: Self.sweepBatch)
            state.giveFreed(to: self.shares)
            state.loseAll()
        }
    }

    package var ended: CodesEnded {
        let ended = self.state.withLockedValue { $0.ended }
        return CodesEnded(redeemed: ended.redeemed, expired: ended.expired, lost: ended.lost)
    }

    package func gauges(now: MonotonicTime) -> Gauges? {
        self.state.withLockedValue { state in
            Gauges(live: state.book.liveCount, digits: state.book.guessing(now: now).digits)
        }
    }
}

extension CodeService.State {
    /// Codes that are live no more count no more.
    mutating func giveFreed(to shares: ClientShares) {
        let undecided = self.undecided
        var expired = 0
        self.book.forEachFreed { freed in
            shares.give(.codes, for: freed.client)
            // What became of one on which something is being stored is said when that is known.
            if freed.isExpired, undecided.isEmpty || undecided[freed.room] == nil { expired += 1 }
        }
        if !self.isOver { self.ended.expired += expired }
    }

    mutating func redeemed() { self.ended.redeemed += 1 }

    /// Nothing is being stored of this code any more, and it was not redeemed. If its time was over meanwhile, it is gone.
    mutating func decided(_ code: Code, room: RoomID) {
        self.undecided[room] = nil
        if !self.book.holds(code, room: room) { self.ended.expired += 1 }
    }

    mutating func lose(_ codes: Int) { self.ended.lost += codes }

    /// Whatever is live now has its end here.
    mutating func loseAll() {
        guard !self.isOver else { return }
        self.isOver = true
        self.lose(self.book.liveCount)
    }

    fileprivate mutating func failed(now: MonotonicTime) -> GuessingAlarm? {
        let guessing = self.book.guessing(now: now)
        guard self.budget.recordFailure(now: now, live: guessing.live, space: guessing.space) == .exceeded else { return nil }
        let grew = self.book.raiseFloor(now: now)
        return GuessingAlarm(
            live: guessing.live, space: guessing.space, digits: self.book.guessing(now: now).digits, grew: grew)
    }
}

/// All clients' failed guesses passed what chance should let them hit.
package struct GuessingAlarm: Sendable, Equatable {
    package var live: Int
    package var space: Int
    /// The codes' new length, where growing was allowed.
    package var digits: Int
    package var grew: Bool

    package init(live: Int, space: Int, digits: Int, grew: Bool) {
        self.live = live
        self.space = space
        self.digits = digits
        self.grew = grew
    }
}
