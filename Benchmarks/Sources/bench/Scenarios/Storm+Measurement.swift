import Foundation
import LoadClients
import RawLoad
import ServerUnderTest
import Synchronization

extension Storm {
    func measure(_ target: Target, down: Double, limit: Double, _ progress: Progress) throws -> Outcome {
        try self.opener.open(next: self, progress)
        defer { self.loop.client = nil }
        self.takeOver()
        self.loop.tickInterval = 5_000_000
        try self.loop.run(seconds: 1)
        let memoryBefore = target.memory
        let before = Snapshot(target)
        let killed = MonotonicClock.now
        self.isServerGone = true
        target.kill()
        let restart = Restart(target, after: down)
        try self.loop.run(seconds: limit) {
            try self.tick()
            if let failure = restart.failure { throw failure }
            if self.isServerGone, restart.listeningAt != nil { self.isServerGone = false }
            if progress.isDue(self.loop.now) {
                self.dropTheLate()
                let state = restart.listeningAt == nil ? "no server" : "server is back"
                let rooms = "\(self.paired.grouped) of \(self.opener.count.grouped) rooms paired"
                progress.show("\(state)  \(rooms)  \(self.refused.grouped) refused")
            }
            return self.paired == self.opener.count && !self.isServerGone
        }
        let end = Snapshot(target)
        var outcome = Outcome()
        self.addTimes(to: &outcome, since: killed, listening: restart.listeningAt)
        outcome.add("refused", "attempts refused, no server listening", .count, Double(self.refused))
        outcome.add(self.errors)
        if let server = end.server {
            let clients = self.clients.count
            outcome.add("server_cpu_s", "server CPU from its start", .seconds, server.total)
            outcome.add("cpu_us_per_conn", "server CPU a connection", .microseconds, Statistics.perUnit(server.total, clients))
        }
        outcome.add("rss_before_mb", "server memory before the kill (RSS)", .megabytes, memoryBefore.map { Double($0.resident) / 1e6 })
        outcome.add("rss_peak_mb", "server memory after it, peak (RSS)", .megabytes, end.memory.map { Double($0.peak) / 1e6 })
        // The new process's time counts from nothing: that of the killed one is in the machine's before this.
        var start = before
        if start.server != nil { start.server = .zero }
        outcome.addDisturbance(CPUShares(from: start, to: end))
        return outcome
    }

    private func addTimes(to outcome: inout Outcome, since killed: UInt64, listening: UInt64?) {
        outcome.add("rooms", "rooms", .count, Double(self.opener.count))
        outcome.add("listening_s", "from the kill until the server listens", .seconds, listening.map { Double($0 - killed) / 1e9 })
        let times = self.pairedAt.filter { $0 >= killed }.sorted()
        for (key, label, share) in [("half_s", "half", 0.5), ("p99_s", "99 %", 0.99), ("all_s", "all", 1)] {
            let needed = Int((Double(self.opener.count) * share).rounded(.up))
            guard times.count >= needed, needed > 0 else { continue }
            outcome.add(key, "until \(label) of the rooms are paired", .seconds, Double(times[needed - 1] - killed) / 1e9)
        }
        let missing = self.opener.count - self.paired
        if missing > 0 { outcome.failures.append("\(missing) rooms were not paired again") }
    }
}

/// Starts the server again from a thread of its own, as the clients go on meanwhile.
private final class Restart: Sendable {
    private let state = Mutex<(listeningAt: UInt64?, failure: (any Error)?)>((nil, nil))

    init(_ target: Target, after seconds: Double) {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: seconds)
            do {
                try target.restart()
                self.state.withLock { $0.listeningAt = MonotonicClock.now }
            } catch { self.state.withLock { $0.failure = error } }
        }
    }

    var listeningAt: UInt64? { self.state.withLock { $0.listeningAt } }
    var failure: (any Error)? { self.state.withLock { $0.failure } }
}
