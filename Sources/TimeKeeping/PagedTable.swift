/// A dictionary that grows and shrinks in small steps: no change copies more than a 64th of it, and storage is given back as entries go.
/// A dictionary of the standard library keeps what it once needed, and copies all of it whenever it doubles.
///
/// A *position* is valid until the next change of the table: the last entry moves into a hole.
@usableFromInline package struct PagedTable<Key: Hashable, Value> {
    @usableFromInline var slab = PagedSlab<PagedTableEntry<Key, Value>>()
    @usableFromInline var index = HashIndex()

    @inlinable package init() {}

    @inlinable package var count: Int { self.slab.count }
    /// Entries and hash cells held in memory, used or not.
    @inlinable package var capacity: (entries: Int, cells: Int) { (self.slab.capacity, self.index.capacity) }

    @inlinable package func position(of key: Key) -> Int? {
        self.index.find(Self.hash(key)) { self.slab[Int($0)].key == key }.map { Int($0) }
    }

    @inlinable package func key(at position: Int) -> Key { self.slab[position].key }

    @inlinable package subscript(position: Int) -> Value {
        _read { yield self.slab[position].value }
        _modify { yield &self.slab[position].value }
    }

    /// Adds an entry and returns its position; the caller ensures that the key is new.
    @discardableResult
    @inlinable package mutating func insert(_ key: Key, _ value: Value) -> Int {
        let hash = Self.hash(key)
        let position = self.slab.append(PagedTableEntry(key: key, hash: hash, value: value))
        self.index.insert(hash, UInt32(position))
        return position
    }

    @inlinable package mutating func remove(at position: Int) {
        let number = UInt32(position)
        self.index.remove(self.slab[position].hash) { $0 == number }
        _ = self.slab.swapRemove(at: position)
        guard position < self.slab.count else { return }
        let old = UInt32(self.slab.count)
        _ = self.index.replace(self.slab[position].hash, with: number) { $0 == old }
    }

    /// The standard library's hash is seeded for each process: whoever chooses keys cannot predict it.
    @inlinable static func hash(_ key: Key) -> UInt32 { UInt32(truncatingIfNeeded: key.hashValue) }
}

extension PagedTable: Sendable where Key: Sendable, Value: Sendable {}

@usableFromInline struct PagedTableEntry<Key, Value> {
    @usableFromInline let key: Key
    /// Stored so that a moved entry is found in the index without hashing its key.
    @usableFromInline let hash: UInt32
    @usableFromInline var value: Value

    @inlinable init(key: Key, hash: UInt32, value: Value) {
        self.key = key
        self.hash = hash
        self.value = value
    }
}

extension PagedTableEntry: Sendable where Key: Sendable, Value: Sendable {}
