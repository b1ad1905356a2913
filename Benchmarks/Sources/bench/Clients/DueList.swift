/// Numbers that are due at different times, at most ten seconds ahead, told within ten milliseconds.
struct DueList {
    private static let slot: UInt64 = 10_000_000
    private static let slots: UInt64 = 1024

    private var entries: [[Int]] = Array(repeating: [], count: Int(slots))
    /// The slot that is looked at next; all before it are empty.
    private var next: UInt64

    init(now: UInt64) { self.next = now / Self.slot }

    mutating func add(_ number: Int, at time: UInt64) {
        let slot = min(max(time / Self.slot, self.next), self.next + Self.slots - 1)
        self.entries[Int(slot % Self.slots)].append(number)
    }

    /// Takes what is due by now.
    mutating func due(_ now: UInt64) -> [Int] {
        var due: [Int] = []
        // Nothing is further ahead than one turn of the wheel.
        let last = min(now / Self.slot, self.next + Self.slots)
        while self.next < last {
            due += self.entries[Int(self.next % Self.slots)]
            self.entries[Int(self.next % Self.slots)] = []
            self.next += 1
        }
        self.next = max(self.next, now / Self.slot)
        return due
    }
}
