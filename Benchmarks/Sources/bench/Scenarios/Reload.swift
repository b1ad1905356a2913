import Foundation
import LoadClients
import RawLoad
import ServerUnderTest

/// A server with a full store is killed and started again with the same file.
struct Reload {
    let codes: Int
    let items: Int
    let rooms: Int
    let bytes: Int
    /// Seconds that codes and deserted rooms live.
    let life: Int
    let waitsForExpiry: Bool

    func measure(_ target: Target, _ progress: Progress) throws -> Outcome {
        let loop = try RawLoopFactory.loop(target)
        var outcome = Outcome()
        let codes = KeptCodes(loop, count: self.codes)
        let items = KeptItems(loop, count: self.items, rooms: self.rooms, bytes: self.bytes)
        outcome.add("codes", "codes", .count, Double(self.codes))
        outcome.add("items", "items", .count, Double(self.items))
        let begun = MonotonicClock.now
        try codes.mint(progress)
        let minted = MonotonicClock.now
        try items.send(progress)
        outcome.add("codes_s", "time to mint the codes", .seconds, Self.seconds(begun, minted))
        outcome.add("items_s", "time to store the items", .seconds, Self.seconds(minted, MonotonicClock.now))
        try self.expectAll(StoreGauges.settled(loop), "before the kill", &outcome)
        Self.add(target.storeSize, "full", "full", &outcome)
        outcome.add("rss_before_mb", "server memory before the kill (RSS)", .megabytes, target.memory.map { Double($0.resident) / 1e6 })
        progress.show("killed and started again")
        try self.restart(target, loop, codes, items, &outcome)
        if self.waitsForExpiry { try self.expire(target, loop, progress, &outcome) }
        return outcome
    }

    private func restart(_ target: Target, _ loop: RawLoop, _ codes: KeptCodes, _ items: KeptItems, _ outcome: inout Outcome) throws {
        target.kill()
        var start = Snapshot(target)
        let started = MonotonicClock.now
        try target.restart()
        let listening = MonotonicClock.now
        let cpu = target.processorTime
        let memory = target.memory
        outcome.add("listening_us", "from the start until the server listens", .microseconds, Double(listening - started) / 1e3)
        outcome.add("start_cpu_us", "server CPU until then", .microseconds, cpu.map { $0.total * 1e6 })
        outcome.add("rss_after_mb", "server memory when it listens (RSS)", .megabytes, memory.map { Double($0.resident) / 1e6 })
        outcome.add("rss_peak_mb", "server memory until then, peak (RSS)", .megabytes, memory.map { Double($0.peak) / 1e6 })
        try self.expectAll(StoreGauges.settled(loop), "after the start", &outcome)
        let redeemed = try codes.redeemSome()
        outcome.add("redeemed", "codes redeemed", .count, Double(redeemed.found))
        if redeemed.found < redeemed.asked {
            outcome.failures.append("only \(redeemed.found) of \(redeemed.asked) codes led to their rooms")
        }
        let read = try items.readSome()
        outcome.add("read", "items read", .count, Double(read.items))
        outcome.add(read.faults)
        // The new process's time counts from nothing.
        if target.processorTime != nil { start.server = .zero }
        outcome.addDisturbance(CPUShares(from: start, to: Snapshot(target)))
    }

    private func expectAll(_ gauges: StoreGauges, _ when: String, _ outcome: inout Outcome) {
        for (name, count, expected) in [("codes", gauges.codes, self.codes), ("items", gauges.items, self.items)] where count != expected {
            outcome.failures.append("\(when) there were \(count.grouped) of \(expected.grouped) \(name) (had some expired? see --ttl)")
        }
    }

    /// Waits until nothing is left, and until the file has given back what it can.
    private func expire(_ target: Target, _ loop: RawLoop, _ progress: Progress, _ outcome: inout Outcome) throws {
        // What was read just now lives as long again.
        let end = MonotonicClock.now + UInt64(self.life + Self.expiryPatience) * 1_000_000_000
        var changedAt = MonotonicClock.now
        var last: StoreFile.Size?
        while true {
            let gauges = try StoreGauges(PageRequest.metrics(loop))
            let now = MonotonicClock.now
            let size = target.storeSize
            if size != last || !gauges.isEmpty { (last, changedAt) = (size, now) }
            if Self.seconds(changedAt, now) >= Self.unchanged { break }
            guard now < end else {
                let left = "\(gauges.codes.grouped) codes and \(gauges.rooms.grouped) rooms"
                outcome.failures.append("the store has not come to rest in time: there are \(left)")
                return
            }
            let file = Figure.Kind.megabytes.text(Double(size?.all ?? 0) / 1e6)
            progress.show("\(gauges.codes.grouped) codes and \(gauges.rooms.grouped) rooms are left, \(file)")
            try loop.run(seconds: 1)
        }
        Self.add(last, "expired", "all expired", &outcome)
        outcome.add("rss_expired_mb", "server memory, all expired (RSS)", .megabytes, target.memory.map { Double($0.resident) / 1e6 })
    }

    private static func add(_ size: StoreFile.Size?, _ key: String, _ state: String, _ outcome: inout Outcome) {
        outcome.add("\(key)_store_mb", "store's file, \(state)", .megabytes, size.map { Double($0.all) / 1e6 })
        outcome.add("\(key)_store_log_mb", "of that, its write-ahead log, \(state)", .megabytes, size.map { Double($0.log) / 1e6 })
    }

    /// Seconds beyond the life of the last.
    private static let expiryPatience = 120
    /// Seconds after which a file that has not changed is taken to stay as it is: the server tidies it every five.
    private static let unchanged = 15.0

    private static func seconds(_ start: UInt64, _ end: UInt64) -> Double { Double(end - start) / 1e9 }
}
