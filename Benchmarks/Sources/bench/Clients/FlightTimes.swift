/// When the frames that are on their way were sent. Each sender's arrive in the order in which it sent them.
struct FlightTimes {
    private(set) var underWay = 0
    private let mostEach: Int
    private var times: [UInt64]
    private var oldest: [Int]
    private var counts: [Int]

    init(senders: Int, mostEach: Int) {
        self.mostEach = mostEach
        self.times = Array(repeating: 0, count: senders * mostEach)
        self.oldest = Array(repeating: 0, count: senders)
        self.counts = Array(repeating: 0, count: senders)
    }

    mutating func sent(_ count: Int, by sender: Int, at time: UInt64) {
        for _ in 0..<count {
            var place = self.oldest[sender] + self.counts[sender]
            if place >= self.mostEach { place -= self.mostEach }
            self.times[sender * self.mostEach + place] = time
            self.counts[sender] += 1
        }
        self.underWay += count
    }

    /// When the sender's oldest frame was sent; nil where none of its frames was on its way.
    mutating func arrived(from sender: Int) -> UInt64? {
        guard self.counts[sender] > 0 else { return nil }
        let place = self.oldest[sender]
        self.oldest[sender] = place + 1 == self.mostEach ? 0 : place + 1
        self.counts[sender] -= 1
        self.underWay -= 1
        return self.times[sender * self.mostEach + place]
    }
}
