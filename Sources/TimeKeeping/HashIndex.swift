/// Maps a 32-bit hash to a 32-bit number. The owner decides what the number means, and which of several numbers with one hash is meant.
///
/// The cells lie in 64 segments, each of which grows and shrinks by itself: a single table of a million cells would stall its caller for
/// tens of milliseconds whenever it doubled. A segment gives storage back when less than an eighth of it is used; an emptied index keeps 64
/// segments of eight cells.
@usableFromInline package struct HashIndex: Sendable {
    @usableFromInline var segments: ContiguousArray<HashSegment> = []
    @usableFromInline package internal(set) var count = 0

    @inlinable package init() {}

    /// Cells held in memory, used or not.
    @usableFromInline package var capacity: Int { self.segments.reduce(0) { $0 + $1.cells.count } }

    // Inlinable as far as closures are called: to call one through a pointer costs more than what most of them do.

    @inlinable package func find(_ hash: UInt32, where matches: (UInt32) -> Bool) -> UInt32? {
        guard !self.segments.isEmpty else { return nil }
        let segment = Self.segment(of: hash)
        guard let at = self.segments[segment].position(of: hash, where: matches) else { return nil }
        return self.segments[segment].cells[at].value
    }

    /// Adds a number without checking whether an equal one is there.
    @usableFromInline package mutating func insert(_ hash: UInt32, _ value: UInt32) {
        if self.segments.isEmpty {
            self.segments = ContiguousArray(repeating: HashSegment(), count: 64)
        }
        self.segments[Self.segment(of: hash)].insert(HashCell(hash: hash, value: value))
        self.count += 1
    }

    /// Puts `value` in the place of the number that matches; false if none does.
    @inlinable package mutating func replace(_ hash: UInt32, with value: UInt32, where matches: (UInt32) -> Bool) -> Bool {
        guard !self.segments.isEmpty else { return false }
        let segment = Self.segment(of: hash)
        guard let at = self.segments[segment].position(of: hash, where: matches) else { return false }
        self.segments[segment].cells[at].value = value
        return true
    }

    @discardableResult
    @inlinable package mutating func remove(_ hash: UInt32, where matches: (UInt32) -> Bool) -> UInt32? {
        guard !self.segments.isEmpty else { return nil }
        let segment = Self.segment(of: hash)
        guard let at = self.segments[segment].position(of: hash, where: matches) else { return nil }
        self.count -= 1
        return self.segments[segment].remove(at: at)
    }

    /// The top bits choose the segment, so that the low ones are left to choose the cell.
    @inlinable static func segment(of hash: UInt32) -> Int { Int(hash >> 26) }

    /// Spreads the bits of a number. Every step can be undone, so different numbers have different hashes: where the hash of a key is
    /// made by this function, the hash is as good as the key.
    @inlinable package static func mix(_ number: UInt32) -> UInt32 {
        var x = number
        x = (x ^ (x >> 16)) &* 0x85eb_ca6b
        x = (x ^ (x >> 13)) &* 0xc2b2_ae35
        return x ^ (x >> 16)
    }
}

@usableFromInline struct HashCell: Sendable {
    @usableFromInline var hash: UInt32
    @usableFromInline var value: UInt32

    fileprivate static var empty: HashCell { HashCell(hash: 0, value: .max) }
    @inlinable var isEmpty: Bool { self.value == .max }
}

/// Open addressing with linear probing. A removal closes the gap it leaves instead of marking it, so that tables under constant
/// coming and going never need cleaning.
@usableFromInline struct HashSegment: Sendable {
    @usableFromInline var cells: ContiguousArray<HashCell> = []
    @usableFromInline var count = 0

    private static let smallest = 8

    @inlinable func position(of hash: UInt32, where matches: (UInt32) -> Bool) -> Int? {
        guard self.count > 0 else { return nil }
        let mask = self.cells.count - 1
        var at = Int(hash) & mask
        // The loop ends because a quarter of the cells is always empty.
        while true {
            let cell = self.cells[at]
            if cell.isEmpty { return nil }
            if cell.hash == hash, matches(cell.value) { return at }
            at = (at + 1) & mask
        }
    }

    fileprivate mutating func insert(_ cell: HashCell) {
        if (self.count + 1) * 4 > self.cells.count * 3 {
            self.resize(to: max(Self.smallest, self.cells.count * 2))
        }
        self.count += 1
        self.place(cell)
    }

    @usableFromInline mutating func remove(at position: Int) -> UInt32 {
        let mask = self.cells.count - 1
        let value = self.cells[position].value
        var gap = position
        var next = (gap + 1) & mask
        while !self.cells[next].isEmpty {
            // A cell may move back into the gap only if the gap is not before the cell's home position.
            let home = Int(self.cells[next].hash) & mask
            if (next - home) & mask >= (next - gap) & mask {
                self.cells[gap] = self.cells[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        self.cells[gap] = .empty
        self.count -= 1
        if self.cells.count > Self.smallest, self.count * 8 < self.cells.count {
            self.resize(to: max(Self.smallest, self.cells.count / 4))
        }
        return value
    }

    private mutating func place(_ cell: HashCell) {
        let mask = self.cells.count - 1
        var at = Int(cell.hash) & mask
        while !self.cells[at].isEmpty { at = (at + 1) & mask }
        self.cells[at] = cell
    }

    private mutating func resize(to capacity: Int) {
        let old = self.cells
        self.cells = ContiguousArray(repeating: .empty, count: capacity)
        for cell in old where !cell.isEmpty { self.place(cell) }
    }
}
