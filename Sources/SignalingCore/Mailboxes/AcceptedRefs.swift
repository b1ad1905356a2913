/// Which of a side's items were stored, by `ref`. A client that lost its connection can send again all items that got no response, without
/// knowing whether they were stored. This record outlives the connection for that purpose.
///
/// It covers the highest ref that was accepted and the 1,024 numbers before it; older ones count as accepted. A client bounds its items
/// without a response so that none is older than that.
package struct AcceptedRefs: Sendable, Equatable {
    package enum Standing: Sendable, Equatable {
        /// Not decided: higher than any that was accepted, or from another client.
        case open
        case accepted
        /// A later ref was accepted and this one was not, so it was refused or left out.
        case refused
    }

    /// For how many numbers before the last it is known whether they were accepted.
    static let window: UInt64 = 1024

    /// The `sid` of the connection that sent these numbers. Empty at first, which matches nobody's.
    package private(set) var sid = ""
    package private(set) var last: UInt64 = 0
    /// A bit for each number of the window, set if it was not accepted; the first bit is for the number before the last. Empty if none is
    /// set.
    package private(set) var refused: [UInt64] = []

    private static let words = Int(window / 64)

    package init() {}

    /// A record as it was stored; nil if there is none that it could have been.
    package init?(sid: String, last: UInt64, refused: [UInt64]) {
        guard refused.isEmpty || refused.count == Self.words, sid.isEmpty == (last == 0), !sid.isEmpty || refused.isEmpty else {
            return nil
        }
        self.sid = sid
        self.last = last
        self.refused = refused
    }

    package func standing(of ref: UInt64, sid: String?) -> Standing {
        guard let sid, !sid.isEmpty, ref <= self.last, sid == self.sid else { return .open }
        let age = self.last - ref
        guard age > 0, age <= Self.window, !self.refused.isEmpty else { return .accepted }
        let bit = Int(age - 1)
        return self.refused[bit / 64] >> (bit % 64) & 1 == 0 ? .accepted : .refused
    }

    /// An item with this ref, which was open, is stored now. Another client's refs begin anew; those of a client without a `sid` are not
    /// remembered, since it cannot come back for them.
    package mutating func accept(_ ref: UInt64, sid: String?) {
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

    /// Moves the window: the last number was accepted, and those between it and the new last one were refused.
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
