/// Which of a side's items were stored, by `ref`, so that a client which lost its connection can send again whatever it has no answer
/// for, without knowing what had become of it. It outlives the connection: that is the case it is for.
///
/// Of the highest ref that was accepted, and of the 1,024 numbers before it, it is known; older ones count as accepted. A client has
/// answers to those: what it sends before it has them is its to bound.
struct AcceptedRefs: Sendable, Equatable {
    enum Standing: Sendable, Equatable {
        /// Not decided: higher than any that was accepted, or of another client.
        case open
        case accepted
        /// Passed over: one that came after it was accepted, so it was refused.
        case refused
    }

    /// Numbers before the last that are told apart.
    static let window: UInt64 = 1024

    /// Whose numbers these are: the `sid` of the connection that sent them. Empty at first, which is nobody's.
    private var sid = ""
    private var last: UInt64 = 0
    /// A bit for each number of the window that was not accepted, the one before the last being the first; empty where there is none.
    private var refused: [UInt64] = []

    private static let words = Int(window / 64)

    func standing(of ref: UInt64, sid: String?) -> Standing {
        guard let sid, !sid.isEmpty, ref <= self.last, sid == self.sid else { return .open }
        let age = self.last - ref
        guard age > 0, age <= Self.window, !self.refused.isEmpty else { return .accepted }
        let bit = Int(age - 1)
        return self.refused[bit / 64] >> (bit % 64) & 1 == 0 ? .accepted : .refused
    }

    /// An item with this ref, which was open, is stored now. Another client's refs begin anew; one without a `sid` cannot come back for
    /// its own.
    mutating func accept(_ ref: UInt64, sid: String?) {
        guard let sid, !sid.isEmpty else { return }
        if sid == self.sid {
            guard ref > self.last else { return }
            self.move(by: ref - self.last)
        } else {
            self.sid = sid
            self.refused = [UInt64](repeating: .max, count: Self.words)
        }
        self.last = ref
    }

    /// The numbers between the last and the next one were refused; the last was accepted.
    private mutating func move(by distance: UInt64) {
        if self.refused.isEmpty {
            if distance == 1 { return }
            self.refused = [UInt64](repeating: 0, count: Self.words)
        }
        guard distance <= Self.window else {
            self.refused = [UInt64](repeating: .max, count: Self.words)
            return
        }
        let (words, bits) = Int(distance).quotientAndRemainder(dividingBy: 64)
        for index in self.refused.indices.reversed() {
            let source = index - words
            var moved = source >= 0 ? self.refused[source] << bits : .max
            if source == 0 { moved |= ~(.max << bits) }
            if source > 0, bits > 0 { moved |= self.refused[source - 1] >> (64 - bits) }
            self.refused[index] = moved
        }
        let newest = Int(distance) - 1
        self.refused[newest / 64] &= ~(1 << (newest % 64))
        if self.refused.allSatisfy({ $0 == 0 }) { self.refused = [] }
    }
}
