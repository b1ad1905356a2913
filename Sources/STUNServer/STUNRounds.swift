import ByteStreams
import MetricsCore
import STUNCore
import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Receives and answers at one socket, batch by batch, as far as the budget of each tick goes.
struct STUNRounds: ~Copyable {
    private let socket: STUNSocket
    private let wakeup: WakeupPipe
    private let clock: ServerClock
    private var responder: STUNResponder
    private var budget: WorkBudget
    private var batch = DatagramBatch()
    private var response: [UInt8] = []
    /// Nothing was left behind the last batch.
    private var isDrained = true

    init(at socket: STUNSocket, wakeup: WakeupPipe, limits: STUNLimits, clock: ServerClock) {
        self.socket = socket
        self.wakeup = wakeup
        self.clock = clock
        self.responder = STUNResponder(limit: SourceLimiter(limit: limits.perSource, window: .seconds(1)))
        self.budget = limits.budget
        self.response.reserveCapacity(BindingRequest.longestResponse)
    }

    /// Waits for datagrams, and says what came of a batch of them; or, where the tick has had its part, waits for the next one. Waits end when
    /// the pipe is woken.
    mutating func next() -> STUNFigures {
        if self.isDrained { _ = waitForInput(at: [self.wakeup.descriptor, self.socket.descriptor]) }
        let start = self.clock.now()
        let left = self.budget.left(now: start)
        if left == 0 {
            let rest = max(0, (self.budget.nextTick - start).nanoseconds)
            _ = waitForInput(at: [self.wakeup.descriptor], until: .now + .nanoseconds(rest))
            return STUNFigures()
        }
        let most = min(left, DatagramBatch.capacity)
        var counted = STUNFigures()
        if let reason = self.batch.receive(at: self.socket, most: most) {
            // Such as memory that the system lacks: that it fails again at once must not take a core.
            if reason != EAGAIN, reason != EINTR { self.budget.spend(datagrams: left, time: .seconds(0)) }
        } else {
            counted = self.answer(now: start)
            self.budget.spend(datagrams: self.batch.count, time: self.clock.now() - start)
        }
        self.isDrained = self.batch.count < most
        return counted
    }

    private mutating func answer(now: MonotonicTime) -> STUNFigures {
        var counted = STUNFigures()
        for index in 0..<self.batch.count {
            let (source, port) = self.batch.source(of: index)
            counted.bytesIn += self.batch.length(of: index)
            let result = self.batch.withBytes(of: index) {
                self.responder.answer($0, from: source, port: port, now: now, into: &self.response)
            }
            counted.requests[result] += 1
            if result != .answered { self.response.removeAll(keepingCapacity: true) }
            counted.bytesOut += self.response.count
            self.batch.respond(to: index, with: self.response)
        }
        let responses = counted.requests[.answered]
        if responses > 0 { counted.requests[.answered] = self.batch.sendResponses(at: self.socket) }
        counted.requests[.unsent] = responses - counted.requests[.answered]
        return counted
    }
}
