/// Maps a 32-bit hash to a 32-bit number. The owner decides what the number means, and which of several numbers with one hash is meant.
///
/// The cells lie in 64 segments, each of which grows and shrinks by itself: a single table of a million cells would stall its caller for
/// tens of milliseconds whenever it doubled. A segment gives storage back when less than an eighth of it is used; an emptied index keeps 64
/// segments of eight cells.
@usableFromInline package struct HashIndex: Sendable {
    private var segments: ContiguousArray<HashSegment> = []
    @usableFromInline package private(set) var count = 0

    @usableFromInline package init() {}

    /// Cells held in memory, used or not.
    @usableFromInline package var capacity: Int { self.segments.reduce(0) { $0 + $1.cells.count } }

    @usableFromInline package func find(_ hash: UInt32, where matches: (UInt32) -> Bool) -> UInt32? {
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

    /// Replaces the number that matches by `value`; false if none matches.
    @usableFromInline package mutating func replace(_ hash: UInt32, with value: UInt32, where matches: (UInt32) -> Bool) -> Bool {
        guard !self.segments.isEmpty else { return false }
        let segment = Self.segment(of: hash)
        guard let at = self.segments[segment].position(of: hash, where: matches) else { return false }
        self.segments[segment].cells[at].value = value
        return true
    }

    @discardableResult
    @usableFromInline package mutating func remove(_ hash: UInt32, where matches: (UInt32) -> Bool) -> UInt32? {
        guard !self.segments.isEmpty else { return nil }
        let segment = Self.segment(of: hash)
        guard let at = self.segments[segment].position(of: hash, where: matches) else { return nil }
        self.count -= 1
        return self.segments[segment].remove(at: at)
    }

    /// The top bits choose the segment, and the low bits choose the cell.
    private static func segment(of hash: UInt32) -> Int { Int(hash >> 26) }

    /// Spreads the bits of a number. Every step is reversible, so different numbers have different hashes: a hash made by this function
    /// identifies its key.
    @usableFromInline package static func mix(_ number: UInt32) -> UInt32 {
        var x = number
        x = (x ^ (x >> 16)) &* 0x85eb_ca6b
        x = (x ^ (x >> 13)) &* 0xc2b2_ae35
        return x ^ (x >> 16)
    }
}

private struct HashCell: Sendable {
    var hash: UInt32
    var value: UInt32

    static var empty: HashCell { HashCell(hash: 0, value: .max) }
    var isEmpty: Bool { self.value == .max }
}

/// Open addressing with linear probing. A removal closes the gap it leaves instead of marking it, so that tables under constant change
/// never need cleaning.
private struct HashSegment: Sendable {
    var cells: ContiguousArray<HashCell> = []
    private var count = 0

    private static let smallest = 8

    @usableFromInline func position(of hash: UInt32, where matches: (UInt32) -> Bool) -> Int? {
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

    @usableFromInline mutating func insert(_ cell: HashCell) {
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
