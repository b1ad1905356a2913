import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

private struct Key: TableKey {
    let number: Int
    var tableHash: UInt32 { HashIndex.mix(UInt32(truncatingIfNeeded: self.number)) }
}

/// The table beside a dictionary of deadlines, with the promises checked at every step.
private struct Pair {
    var table: ExpiringTable<Key, Int>
    var model: [Int: MonotonicTime] = [:]
    var now: MonotonicTime
    let tick: TimeSpan

    init(tick: TimeSpan, horizon: TimeSpan, now: MonotonicTime) {
        self.table = ExpiringTable(granularity: tick, horizon: horizon)
        self.tick = tick
        self.now = now
    }

    mutating func insert(_ number: Int, in span: TimeSpan) {
        self.table.insert(Key(number: number), number, at: self.now + span, now: self.now)
        self.model[number] = self.now + span
    }

    mutating func change(_ number: Int, using generator: inout SplitMix64, span: TimeSpan) throws {
        let position = try #require(self.table.position(of: Key(number: number)))
        #expect(self.table[position] == number)
        #expect(self.table.deadline(at: position) == self.model[number])
        if Bool.random(using: &generator) {
            self.table.reschedule(position, at: self.now + span)
            self.model[number] = self.now + span
        } else {
            #expect(self.table.remove(at: position).key == Key(number: number))
            self.model[number] = nil
        }
    }

    mutating func pop(after span: TimeSpan) {
        self.now = self.now + span
        while let popped = self.table.popExpired(now: self.now) {
            #expect(popped.key.number == popped.value)
            #expect(popped.deadline <= self.now)
            #expect(self.model.removeValue(forKey: popped.value) == popped.deadline)
        }
        let late = self.model.values.filter { $0 + self.tick <= self.now }
        #expect(late.isEmpty)
        #expect(self.table.count == self.model.count)
        if let next = self.table.nextDeadline, let first = self.model.values.min() {
            #expect(next <= first + self.tick)
        }
    }
}

@Suite struct ExpiringTableTests {
    /// Deadlines within and far beyond the horizon, steps of less than a tick and of many turns of the wheel.
    @Test(arguments: [
        (tick: 10, horizon: 400, spread: 300, step: 7),
        (10, 400, 300, 900),
        (10, 400, 20_000, 35),
        (1, 1, 5_000, 333),
        (1_000, 3_600_000, 86_400_000, 600_000),
    ])
    func agreesWithADictionary(tick: Int64, horizon: Int64, spread: Int64, step: Int64) throws {
        var generator = SplitMix64(seed: UInt64(tick + horizon + spread + step))
        let origin = MonotonicTime(nanoseconds: Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &generator))
        var pair = Pair(tick: .milliseconds(tick), horizon: .milliseconds(horizon), now: origin)
        for number in 0..<3_000 {
            // Now and then a deadline that has passed already.
            let span = TimeSpan(nanoseconds: Int64.random(in: -1_000_000...spread * 1_000_000, using: &generator))
            pair.insert(number, in: span)
            if let other = pair.model.keys.min(), number % 3 == 0 {
                let span = TimeSpan(nanoseconds: Int64.random(in: 0...spread * 1_000_000, using: &generator))
                try pair.change(other, using: &generator, span: span)
            }
            if number % 5 == 0 {
                pair.pop(after: TimeSpan(nanoseconds: Int64.random(in: 0...step * 1_000_000, using: &generator)))
            }
        }
        pair.pop(after: .milliseconds(spread + 2 * tick))
        #expect(pair.table.isEmpty)
        #expect(pair.model.isEmpty)
    }

    @Test func nothingIsEarlyAndATickIsTheLatest() {
        var table = ExpiringTable<Key, Int>(granularity: .milliseconds(100), horizon: .seconds(60))
        let start = MonotonicTime(nanoseconds: 123_456_789)
        let deadline = start + .seconds(10)
        table.insert(Key(number: 1), 1, at: deadline, now: start)
        #expect(table.popExpired(now: MonotonicTime(nanoseconds: deadline.nanoseconds - 1)) == nil)
        #expect(table.popExpired(now: deadline + .milliseconds(100))?.value == 1)
        #expect(table.popExpired(now: deadline + .milliseconds(100)) == nil)
    }

    @Test func aClockThatJumpsDoesNotWalkTheTicks() {
        var table = ExpiringTable<Key, Int>(granularity: TimeSpan(nanoseconds: 1024), horizon: .milliseconds(1))
        var now = MonotonicTime(nanoseconds: 0)
        // A step for each of the 10^15 ticks would take days.
        for number in 0..<1_000 {
            table.insert(Key(number: number), number, at: now + TimeSpan(nanoseconds: 500_000), now: now)
            now = now + .seconds(1_000_000)
            #expect(table.popExpired(now: now)?.value == number)
            #expect(table.popExpired(now: now) == nil)
        }
    }

    @Test func entriesOfOneTickComeInTheOrderTheyWentIn() {
        var table = ExpiringTable<Key, Int>(granularity: .seconds(1), horizon: .seconds(60))
        let now = MonotonicTime(nanoseconds: 0)
        for number in 0..<5 { table.insert(Key(number: number), number, at: now + .milliseconds(1_500), now: now) }
        if let position = table.position(of: Key(number: 2)) { table.remove(at: position) }
        var order: [Int] = []
        while let popped = table.popExpired(now: now + .seconds(3)) { order.append(popped.value) }
        #expect(order == [0, 1, 3, 4])
    }

    @Test func theEarliestIsExactWithinATick() throws {
        var table = ExpiringTable<Key, Int>(granularity: .seconds(1), horizon: .seconds(60))
        let now = MonotonicTime(nanoseconds: 0)
        for (number, milliseconds) in [9_000, 5_900, 5_200, 5_500].enumerated() {
            table.insert(Key(number: number), number, at: now + .milliseconds(Int64(milliseconds)), now: now)
        }
        let earliest = try #require(table.expiredOrEarliest(now: now, most: 64))
        #expect(table.key(at: earliest).number == 2)
        // At 5.6 s two of this tick's entries have expired; either will do.
        let expired = try #require(table.expiredOrEarliest(now: now + .milliseconds(5_600), most: 64))
        #expect([2, 3].contains(table.key(at: expired).number))
        let nearest = try #require(table.nearest)
        #expect(table.deadline(at: nearest) < now + .seconds(6))
    }

    @Test func ofManyThatEndInOneTickFewAreLookedAt() throws {
        var table = ExpiringTable<Key, Int>(granularity: .seconds(1), horizon: .seconds(60))
        let now = MonotonicTime(nanoseconds: 0)
        // The later it went in, the earlier it ends.
        for number in 0..<100 { table.insert(Key(number: number), number, at: now + .milliseconds(Int64(5_900 - number)), now: now) }
        let best = try #require(table.expiredOrEarliest(now: now, most: 64))
        #expect(table.key(at: best).number == 63)
        #expect(table.key(at: try #require(table.expiredOrEarliest(now: now, most: 100))).number == 99)
        // One that has expired is found if it is among them.
        let expired = try #require(table.expiredOrEarliest(now: now + .milliseconds(5_850), most: 64))
        #expect(table.key(at: expired).number == 50)
    }

    /// The burst that the server must survive is 1,000,000; `BurstTests` has it.
    @Test func aFewSurvivorsDoNotPinABurst() throws {
        var table = ExpiringTable<Key, Int>(granularity: .milliseconds(100), horizon: .minutes(10))
        let now = MonotonicTime(nanoseconds: 0)
        let count = 50_000
        for number in 0..<count {
            // Survivors all through the burst.
            let life: TimeSpan = number % 5_000 == 0 ? .minutes(9) : .seconds(30)
            table.insert(Key(number: number), number, at: now + life, now: now)
        }
        #expect(table.capacity.entries >= count)
        while table.popExpired(now: now + .minutes(1)) != nil {}
        #expect(table.count == 10)
        #expect(table.capacity.entries <= 2 * PagedSlab<Int>.pageSize)
        #expect(table.capacity.cells <= 64 * 16)
        for number in stride(from: 0, to: count, by: 5_000) {
            let position = try #require(table.position(of: Key(number: number)))
            #expect(table[position] == number)
        }
        while table.popExpired(now: now + .minutes(10)) != nil {}
        #expect(table.isEmpty)
    }
}
