/// What is yet to happen, by time; what has one time, in the order in which it was planned.
package struct EventQueue {
    private struct Event {
        let time: Int64
        let number: Int
        let body: () -> Void

        func isBefore(_ other: Event) -> Bool { (self.time, self.number) < (other.time, other.number) }
    }

    private var heap: [Event] = []
    private var planned = 0

    package init() {}

    package var next: Int64? { self.heap.first?.time }

    package mutating func plan(at time: Int64, _ body: @escaping () -> Void) {
        self.planned += 1
        self.heap.append(Event(time: time, number: self.planned, body: body))
        var index = self.heap.count - 1
        while index > 0, self.heap[index].isBefore(self.heap[(index - 1) / 2]) {
            self.heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    package mutating func take() -> (time: Int64, body: () -> Void)? {
        guard let first = self.heap.first, let last = self.heap.popLast() else { return nil }
        if !self.heap.isEmpty {
            self.heap[0] = last
            var index = 0
            while true {
                var least = index
                for child in [2 * index + 1, 2 * index + 2] where child < self.heap.count && self.heap[child].isBefore(self.heap[least]) {
                    least = child
                }
                if least == index { break }
                self.heap.swapAt(index, least)
                index = least
            }
        }
        return (first.time, first.body)
    }
}
