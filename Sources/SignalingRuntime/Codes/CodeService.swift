import NIOConcurrencyHelpers
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Mints and redeems codes for every loop: the pure code book and the failure budget behind one lock.
package final class CodeService: Sendable {
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
    }

    package enum RedeemResult: Sendable, Equatable {
        case redeemed(room: RoomID, lifetime: TimeSpan)
        case gone
    }

    /// All clients' failed guesses passed what chance should let them hit.
    package struct GuessingAlarm: Sendable, Equatable {
        package var live: Int
        package var space: Int
        /// The codes' new length, where growing was allowed.
        package var digits: Int
        package var grew: Bool
    }

    /// Codes freed at a time: more are freed by the next call, so that no request waits for a burst's end.
    package static let sweepBatch = 1024

    fileprivate struct State: Sendable {
        var book: CodeBook
        var budget = FailureBudget()
        var random: RandomSource
    }
    private let state: NIOLockedValueBox<State>

    package init(settings: Settings, random: RandomSource = .system) {
        let book = CodeBook(digits: settings.digits, digitsMax: settings.digitsMax, maxTTL: settings.ttl)
        self.state = NIOLockedValueBox(State(book: book, random: random))
    }

    package func mint(ttl: TimeSpan?, _ context: LoopContext) -> MintResult {
        let now = context.clock.now()
        let result = self.state.withLockedValue { state -> MintResult in
            let room = RoomID.random(using: &state.random)
            switch state.book.mint(ttl: ttl, room: room, now: now, using: &state.random) {
            case .minted(let code, let expires): return .minted(code, room: room, lifetime: expires - now)
            case .exhausted(let retryAfter): return .exhausted(retryAfter: retryAfter)
            }
        }
        context.metrics.count {
            if case .minted = result { $0.codesMinted += 1 } else { $0.codesExhausted += 1 }
        }
        return result
    }

    /// Redeems a code, once. A failed guess may raise an alarm, which refuses nobody.
    package func redeem(_ code: Code, _ context: LoopContext) -> (RedeemResult, GuessingAlarm?) {
        let now = context.clock.now()
        let (result, alarm) = self.state.withLockedValue { state -> (RedeemResult, GuessingAlarm?) in
            switch state.book.redeem(code, now: now) {
            case .redeemed(let room, let expires): (.redeemed(room: room, lifetime: expires - now), nil)
            case .gone: (.gone, state.failed(now: now))
            }
        }
        context.metrics.count {
            $0.codesRedeemed[result == .gone ? .gone : .ok] += 1
            if alarm != nil { $0.guessingAlarms += 1 }
        }
        return (result, alarm)
    }

    /// Frees expired codes, a batch at a time; true while there may be more.
    package func sweep(now: MonotonicTime) -> Bool {
        self.state.withLockedValue { $0.book.sweep(now: now, limit: Self.sweepBatch) } == Self.sweepBatch
    }

    package func gauges(now: MonotonicTime) -> Gauges {
        self.state.withLockedValue { state in
            Gauges(live: state.book.liveCount, digits: state.book.guessing(now: now).digits)
        }
    }
}

extension CodeService.State {
    fileprivate mutating func failed(now: MonotonicTime) -> CodeService.GuessingAlarm? {
        let guessing = self.book.guessing(now: now)
        guard self.budget.recordFailure(now: now, live: guessing.live, space: guessing.space) == .exceeded else { return nil }
        let grew = self.book.raiseFloor(now: now)
        return CodeService.GuessingAlarm(
            live: guessing.live, space: guessing.space, digits: self.book.guessing(now: now).digits, grew: grew)
    }
}
