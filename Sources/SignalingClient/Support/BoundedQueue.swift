/// First in, first out.
struct Queue<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { self.elements.count - self.head }
    var isEmpty: Bool { self.count == 0 }
    var first: Element? { self.isEmpty ? nil : self.elements[self.head] }

    mutating func append(_ element: Element) { self.elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !self.isEmpty else { return nil }
        let element = self.elements[self.head]
        self.elements[self.head] = nil
        self.head += 1
        // Half of it is empty: what moves each in its turn moves once in all.
        if self.head > 32, self.head * 2 > self.elements.count {
            self.elements.removeFirst(self.head)
            self.head = 0
        }
        return element
    }

    mutating func removeAll() {
        self.elements = []
        self.head = 0
    }
}

extension Queue: Sendable where Element: Sendable {}

/// A queue whose elements have sizes, and are limited in number and in bytes.
struct BoundedQueue<Element> {
    struct Limit: Sendable {
        var count: Int
        var bytes: Int
    }

    private let limit: Limit
    private var queue = Queue<(element: Element, bytes: Int)>()
    private(set) var bytes = 0

    init(_ limit: Limit) { self.limit = limit }

    var count: Int { self.queue.count }
    var isEmpty: Bool { self.queue.isEmpty }
    var first: Element? { self.queue.first?.element }
    var isFull: Bool { self.queue.count >= self.limit.count || self.bytes >= self.limit.bytes }

    func hasRoom(for bytes: Int) -> Bool { self.queue.count < self.limit.count && self.bytes + bytes <= self.limit.bytes }

    /// Whether or not there is room.
    mutating func append(_ element: Element, bytes: Int) {
        self.queue.append((element, bytes))
        self.bytes += bytes
    }

    mutating func popFirst() -> Element? {
        guard let (element, bytes) = self.queue.popFirst() else { return nil }
        self.bytes -= bytes
        return element
    }

    mutating func removeAll() {
        self.queue.removeAll()
        self.bytes = 0
    }
}

extension BoundedQueue: Sendable where Element: Sendable {}
