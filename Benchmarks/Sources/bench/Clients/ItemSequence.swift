/// Whether the items of one mailbox, numbered from 1, come each once and in order.
struct ItemSequence {
    private(set) var highest = 0
    private(set) var duplicated = 0
    private(set) var disordered = 0
    /// Those below the highest that have not come.
    private var missing: Set<Int> = []

    /// True of an item that came for the first time.
    mutating func receive(_ number: Int) -> Bool {
        if number > self.highest {
            self.missing.formUnion(self.highest + 1..<number)
            self.highest = number
            return true
        }
        guard self.missing.remove(number) != nil else {
            self.duplicated += 1
            return false
        }
        self.disordered += 1
        return true
    }

    /// Of so many that were sent.
    func lost(of sent: Int) -> Int { self.missing.count + max(0, sent - self.highest) }
}

/// Items that were not what they should have been.
struct ItemFaults: Equatable {
    var altered = 0
    var lost = 0
    var duplicated = 0
    /// Came behind a later one.
    var disordered = 0
    /// Without a response to their sender.
    var unanswered = 0

    mutating func add(_ sequence: ItemSequence, sent: Int) {
        self.lost += sequence.lost(of: sent)
        self.duplicated += sequence.duplicated
        self.disordered += sequence.disordered
    }
}
