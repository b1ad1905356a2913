import SignalingCore

/// Which of its items a side's client was told are stored, or will be, by the numbers that it gave them.
struct RefsModel {
    let sid: String
    private(set) var last: UInt64 = 0
    private(set) var accepted: Set<UInt64> = []

    init(sid: String) { self.sid = sid }

    /// As a store has them: which of the numbers that it remembers were accepted. Older ones count as accepted.
    init?(_ stored: AcceptedRefs) {
        guard !stored.sid.isEmpty else { return nil }
        self.sid = stored.sid
        self.last = stored.last
        for ref in Self.remembered(stored.last) where stored.standing(of: ref, sid: stored.sid) == .accepted { self.accepted.insert(ref) }
    }

    private static func remembered(_ last: UInt64) -> ClosedRange<UInt64> { (last > 1024 ? last - 1024 : 1)...max(1, last) }

    mutating func accept(_ ref: UInt64) {
        self.last = ref
        self.accepted.insert(ref)
    }

    /// Nil: not decided.
    func isAccepted(_ ref: UInt64, sid: String?) -> Bool? {
        guard sid == self.sid, ref <= self.last else { return nil }
        return self.accepted.contains(ref) || self.last - ref > 1024
    }

    func isSame(as stored: AcceptedRefs) -> Bool {
        stored.sid == self.sid && stored.last == self.last
            && Self.remembered(self.last).allSatisfy {
                (stored.standing(of: $0, sid: self.sid) == .accepted) == (self.isAccepted($0, sid: self.sid) == true)
            }
    }
}
