import ServerThreads

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Takes log lines from any thread and never blocks it on their output.
///
/// A write to a pipe whose reader has stalled blocks, and would block an event loop that logs. So lines gather in memory, up to `capacity`,
/// and the sink's own thread writes them. Lines beyond that are dropped and counted. Once half the space is free again, one line says how
/// many are missing; only then are further lines taken, so that the log stays in order.
///
/// The sink lives, with its thread, until `close`. It does not own the descriptor.
package final class LogSink: Sendable {
    package static let defaultCapacity = 8 << 20
    package static let defaultLinesPerSecond = LineLimiter.usualPerSecond

    /// The pause between two batches, unless `worthHurrying` bytes have gathered sooner.
    private static let pause = Duration.milliseconds(5)
    private static let worthHurrying = 1 << 16

    /// How often it is looked whether a second is over in which lines were left out.
    private static let tellingPause = Duration.milliseconds(250)

    /// Whether the log goes to a terminal, where a person reads it.
    package let isTerminal: Bool

    /// Whether that terminal has gone: somebody closed its window, or the connection to it broke.
    package var hasLostTerminal: Bool { self.isTerminal && isatty(self.descriptor) == 0 }

    let descriptor: CInt
    private let capacity: Int
    private let state = Monitor(State())

    /// Writes the line that reports how many lines were dropped; called under the lock, so it must not log.
    typealias LossReport = @Sendable (_ dropped: Int, _ buffer: inout [UInt8]) -> Void

    /// Writes the line that says how many of a kind were left out.
    typealias LeftOutReport = @Sendable (_ kind: LineKind, _ count: Int, _ buffer: inout [UInt8]) -> Void

    private struct Limits: Sendable {
        var limiter: LineLimiter
        var clock: @Sendable () -> WallTime = { WallTime.now() }
        var report: LeftOutReport = { kind, count, buffer in buffer += "\(kind.summary(of: count))\n".utf8 }
    }
    private let limits: Monitor<Limits>

    private struct State: Sendable {
        var pending: [UInt8] = []
        /// All bytes that were ever accepted, and all that were written or given up: the sink holds the difference.
        var accepted: UInt64 = 0
        var settled: UInt64 = 0
        /// Lines dropped since the last report.
        var unreported = 0
        var droppedInTotal = 0
        /// The last write failed for good; a report of losses would also be lost.
        var isBroken = false
        /// The thread has nothing to do and waits to be notified.
        var isIdle = false
        /// Lines were left out, of which the thread is to tell when the second is over.
        var hasLeftOut = false
        var isClosed = false
        /// Callers in `flush` or `close`.
        var waiting = 0
        var report: LossReport = { dropped, buffer in buffer += "\(dropped) log lines were dropped\n".utf8 }

        var held: Int { Int(self.settled.distance(to: self.accepted)) }

        mutating func take(_ bytes: [UInt8]) {
            self.pending += bytes
            self.accepted += UInt64(bytes.count)
        }

        mutating func drop(lines: Int) {
            self.unreported += lines
            self.droppedInTotal += lines
        }

        mutating func reportLosses() {
            guard self.unreported > 0, !self.isBroken, !self.isClosed else { return }
            var line: [UInt8] = []
            self.report(self.unreported, &line)
            self.unreported = 0
            self.take(line)
        }
    }

    /// `linesPerSecond` bounds lines of one kind.
    package init(
        descriptor: CInt = STDERR_FILENO, capacity: Int = LogSink.defaultCapacity, linesPerSecond: Int = LogSink.defaultLinesPerSecond
    ) {
        self.limits = Monitor(Limits(limiter: LineLimiter(perSecond: linesPerSecond)))
        self.descriptor = descriptor
        self.capacity = capacity
        self.isTerminal = isatty(descriptor) == 1
        startThread { self.drain() }
    }

    /// All lines that were not written, reported or not.
    package var droppedLines: Int { self.state.withLock { $0.droppedInTotal } }

    func reportLosses(with report: @escaping LossReport) { self.state.withLock { $0.report = report } }

    // MARK: Lines of one kind

    func reportLeftOut(clock: @escaping @Sendable () -> WallTime, with report: @escaping LeftOutReport) {
        self.limits.withLock { ($0.clock, $0.report) = (clock, report) }
    }

    /// Whether a line of this kind is to be written: nil if there were too many in this second, else how many were left out before it.
    func admit(_ kind: LineKind, second: Int) -> Int? {
        switch self.limits.withLock({ $0.limiter.admit(kind, second: second) }) {
        case .write(let earlier): return earlier
        case .leaveOut(let isFirst):
            if isFirst {
                self.state.withLock { $0.hasLeftOut = true }
                self.state.notify()
            }
            return nil
        }
    }

    /// Tells of what was left out in seconds that are over, or until now.
    private func tellLeftOut(untilNow: Bool = false) {
        let lines = self.limits.withLock { limits -> [UInt8] in
            guard limits.limiter.pending > 0 else { return [] }
            var lines: [UInt8] = []
            for (kind, count) in limits.limiter.takeLeftOut(before: untilNow ? nil : limits.clock().seconds) {
                limits.report(kind, count, &lines)
            }
            return lines
        }
        if !lines.isEmpty { self.append(lines) }
    }

    // MARK: Lines

    /// `line` is a complete line with its newline.
    package func append(_ line: [UInt8]) {
        let mustWake = self.state.withLock { state in
            let before = state.pending.count
            if state.held <= self.capacity / 2 { state.reportLosses() }
            let waitsForReport = state.unreported > 0 && !state.isBroken
            if state.isClosed || waitsForReport || state.held + line.count > self.capacity {
                state.drop(lines: 1)
            } else {
                state.take(line)
            }
            let isEnough = before < Self.worthHurrying && state.pending.count >= Self.worthHurrying
            guard isEnough || (state.isIdle && !state.pending.isEmpty) else { return false }
            state.isIdle = false
            return true
        }
        if mustWake { self.state.notify() }
    }

    /// Waits until every line taken so far is written, or was refused by the descriptor. False if that takes too long.
    @discardableResult
    package func flush(timeout: Duration) -> Bool { self.settle(timeout: timeout, closing: false) }

    /// Takes no further lines, writes those it has, and ends the thread. False if that takes too long.
    @discardableResult
    package func close(timeout: Duration) -> Bool { self.settle(timeout: timeout, closing: true) }

    private func settle(timeout: Duration, closing: Bool) -> Bool {
        if closing { self.tellLeftOut(untilNow: true) }
        let target = self.state.withLock { state in
            // Perhaps no line follows: losses are reported now, even if one line more exceeds the capacity.
            state.reportLosses()
            if closing { state.isClosed = true }
            state.waiting += 1
            return state.accepted
        }
        self.state.notify()
        let isDone: Void? = self.state.wait(for: timeout) { $0.settled >= target ? () : nil }
        self.state.withLock { $0.waiting -= 1 }
        return isDone != nil
    }

    // MARK: The thread's side

    private func drain() {
        var batch: [UInt8] = []
        var outlet = Outlet(descriptor: self.descriptor)
        while self.nextBatch(into: &batch) {
            outlet.write(batch) { self.wrote($0, ofBatch: batch) }
            self.linger()
        }
    }

    /// Lets some lines gather. Waking a thread costs several times as much as building a line, and the thread that logs pays for it.
    private func linger() {
        _ = self.state.wait(for: Self.pause) { state in
            state.waiting > 0 || state.isClosed || state.pending.count >= Self.worthHurrying ? () : nil
        }
    }

    /// Waits for lines and swaps an empty array for them. False once the sink is closed and has none left.
    private func nextBatch(into batch: inout [UInt8]) -> Bool {
        // Storage that a burst made large is given back; that of an ordinary batch is reused.
        batch.removeAll(keepingCapacity: batch.capacity <= 1 << 18)
        while true {
            self.tellLeftOut()
            let mustTell = self.limits.withLock { $0.limiter.pending > 0 }
            let hasMore = self.state.wait(for: mustTell ? Self.tellingPause : nil) { state -> Bool? in
                state.isIdle = state.pending.isEmpty
                if !state.isIdle {
                    swap(&state.pending, &batch)
                    return true
                }
                if state.isClosed { return false }
                // The wait that is under way may have no end.
                guard state.hasLeftOut, !mustTell else { return nil }
                state.hasLeftOut = false
                return true
            }
            if let hasMore, !hasMore || !batch.isEmpty { return hasMore }
        }
    }

    private func wrote(_ progress: Outlet.Progress, ofBatch batch: [UInt8]) {
        let (count, lost) =
            switch progress {
            case .written(let count): (count, 0)
            case .gaveUp(let rest): (rest.count, batch[rest].count { $0 == UInt8(ascii: "\n") })
            }
        let mustNotify = self.state.withLock { state in
            state.settled += UInt64(count)
            state.isBroken = lost > 0
            state.drop(lines: lost)
            if state.held <= self.capacity / 2 { state.reportLosses() }
            return state.waiting > 0
        }
        if mustNotify { self.state.notify() }
    }
}
