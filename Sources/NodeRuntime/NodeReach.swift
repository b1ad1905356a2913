package import TimeKeeping

/// Which other nodes say that they cannot reach this one.
package struct NodeReach: Sendable {
    package struct Complaint: Sendable, Equatable {
        package let from: String
        package let reason: String
        fileprivate var heard: MonotonicTime
    }

    /// A complaint that is not repeated for so long has been seen to.
    package static let memory = TimeSpan.seconds(60)
    private static let most = 64

    private var complaints: [Complaint] = []

    /// True if it is a new one.
    mutating func heard(from address: String, _ reason: String, now: MonotonicTime) -> Bool {
        let isNew = !self.current(now: now).contains { $0.from == address }
        self.complaints.removeAll { $0.from == address || $0.heard + Self.memory < now }
        if self.complaints.count < Self.most { self.complaints.append(Complaint(from: address, reason: reason, heard: now)) }
        return isNew
    }

    package func current(now: MonotonicTime) -> [Complaint] { self.complaints.filter { $0.heard + Self.memory >= now } }
}
