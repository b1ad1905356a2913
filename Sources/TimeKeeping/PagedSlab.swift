/// Elements without gaps, in pages: growing never copies elements, and a shrinking slab frees its pages. Up to two pages stay unused, so
/// that a count that moves around a page's edge does not allocate each time.
@usableFromInline package struct PagedSlab<Element> {
    @usableFromInline var pages: ContiguousArray<ContiguousArray<Element>> = []
    @usableFromInline package internal(set) var count = 0

    @inlinable package static var pageSize: Int { 1024 }

    @inlinable package init() {}

    /// How many elements fit without a further page.
    @inlinable package var capacity: Int { self.pages.count * Self.pageSize }

    @inlinable package subscript(position: Int) -> Element {
        _read { yield self.pages[position >> 10][position & 1023] }
        _modify { yield &self.pages[position >> 10][position & 1023] }
    }

    @inlinable package mutating func append(_ element: Element) -> Int {
        let position = self.count
        let page = position >> 10
        if page == self.pages.count {
            self.pages.append([])
            // The first page grows as it fills: most tables are small.
            if page > 0 { self.pages[page].reserveCapacity(Self.pageSize) }
        }
        self.pages[page].append(element)
        self.count += 1
        return position
    }

    /// Removes an element and closes the gap with the last one, whose old position is `count` afterwards.
    @inlinable package mutating func swapRemove(at position: Int) -> Element {
        self.count -= 1
        let last = self.count
        let moved = self.pages[last >> 10].removeLast()
        while self.capacity - last >= 2 * Self.pageSize { self.pages.removeLast() }
        guard position != last else { return moved }
        let removed = self[position]
        self[position] = moved
        return removed
    }
}

extension PagedSlab: Sendable where Element: Sendable {}
