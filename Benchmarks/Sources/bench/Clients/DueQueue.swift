/// Times of what waits, the oldest first.
struct DueQueue {
    private var times: [UInt64] = []
    private var taken = 0

    var count: Int { self.times.count - self.taken }

    mutating func add(_ time: UInt64) {
        // So that what was taken does not pile up in front of what waits.
        if self.taken > 1024, self.taken * 2 > self.times.count {
            self.times.removeFirst(self.taken)
            self.taken = 0
        }
        self.times.append(time)
    }

    mutating func next() -> UInt64? {
        guard self.taken < self.times.count else { return nil }
        self.taken += 1
        return self.times[self.taken - 1]
    }
}
