import ServerThreads

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Takes log lines from any thread without ever blocking on their way out.
///
/// A write to a pipe whose reader has stalled blocks, and an event loop that logs would stop with it. So lines gather in memory, up to
/// `capacity`, and one thread of the sink's own writes them. Lines beyond that are dropped and counted; once half the space is free
/// again, one line says how many are missing, and only then are further lines taken, so that the log stays in order.
///
/// The sink lives, with its thread, until `close`. It does not own the descriptor.
package final class LogSink: Sendable {
    package static let defaultCapacity = 8 << 20

    /// Between two batches, unless this much has gathered sooner.
    private static let pause = Duration.milliseconds(5)
    private static let worthHurrying = 1 << 16

    /// Whether a person reads along.
    package let isTerminal: Bool

    let descriptor: CInt
    private let capacity: Int
    private let state = Monitor(State())

    /// Writes the line that reports a number of dropped lines; called under the lock, so it must not log.
    typealias LossReport = @Sendable (_ dropped: Int, _ buffer: inout [UInt8]) -> Void

    private struct State: Sendable {
        var pending: [UInt8] = []
        /// Bytes ever taken in, and bytes ever written or given up: their difference is what the sink holds.
        var accepted: UInt64 = 0
        var settled: UInt64 = 0
        /// Lines dropped since the last report of any.
        var unreported = 0
        var droppedInTotal = 0
        /// The last write failed for good; a report of losses would only be lost as well.
        var isBroken = false
        /// The thread has nothing to do and waits to be told of more.
        var isIdle = false
        var isClosed = false
        /// Those in `flush` or `close`.
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

    package init(descriptor: CInt = STDERR_FILENO, capacity: Int = LogSink.defaultCapacity) {
        self.descriptor = descriptor
        self.capacity = capacity
        self.isTerminal = isatty(descriptor) == 1
        startThread { self.drain() }
    }

    /// Lines that were not written, reported or not.
    package var droppedLines: Int { self.state.withLock { $0.droppedInTotal } }

    func reportLosses(with report: @escaping LossReport) { self.state.withLock { $0.report = report } }

    /// `line` is whole, with its newline.
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

    /// Waits until every line taken so far is written, or was refused by the descriptor. False where that took too long.
    @discardableResult
    package func flush(timeout: Duration) -> Bool { self.settle(timeout: timeout, closing: false) }

    /// Takes no further lines, writes those it has, and ends the thread. False where that took too long.
    @discardableResult
    package func close(timeout: Duration) -> Bool { self.settle(timeout: timeout, closing: true) }

    private func settle(timeout: Duration, closing: Bool) -> Bool {
        let target = self.state.withLock { state in
            // Nothing may follow: losses are told now, even where one line more exceeds the capacity.
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

    /// Lets some lines gather. Waking a thread costs several times what building a line does, and it is whoever logs that pays.
    private func linger() {
        _ = self.state.wait(for: Self.pause) { state in
            state.waiting > 0 || state.isClosed || state.pending.count >= Self.worthHurrying ? () : nil
        }
    }

    /// Waits for lines and trades an empty array for them. False once the sink is closed and has none left.
    private func nextBatch(into batch: inout [UInt8]) -> Bool {
        // What a burst made large is given back; an ordinary batch's space is used again.
        batch.removeAll(keepingCapacity: batch.capacity <= 1 << 18)
        return self.state.wait { state in
            state.isIdle = state.pending.isEmpty
            if state.isIdle { return state.isClosed ? false : nil }
            swap(&state.pending, &batch)
            return true
        } ?? false
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
