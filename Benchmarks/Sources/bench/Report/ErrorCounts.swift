/// What went wrong, by kind.
struct ErrorCounts: Equatable {
    private(set) var total = 0
    private(set) var kinds: [String: Int] = [:]

    mutating func add(_ kind: String) {
        self.total += 1
        self.kinds[kind, default: 0] += 1
    }
}
