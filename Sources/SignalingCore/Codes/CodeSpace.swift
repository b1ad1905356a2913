import TimeKeeping

/// Knows which of the codes 0 ..< size are live, and draws a free one uniformly in O(1), however few are left.
///
/// With F codes free, the space is cut at F into a low and a top region. The low region has as many live codes as the top region has free
/// ones, and each of the former is partnered with one of the latter. A number drawn from 0 ..< F is then either free itself or leads to
/// exactly one free code of the top region: every free code has one number, and therefore the same chance.
///
/// Only the partnerships are stored (each twice, for both directions). They also tell which codes are live: in the low region those with a
/// partner, in the top region those without. The memory depends on the number of live codes, not on the size.
package struct CodeSpace: Sendable {
    package let size: Int
    package private(set) var live = 0
    /// Both directions in one index, since no code is in both regions at once.
    private var partners = HashIndex()

    package init(size: Int) {
        // Codes and their hashes are 32 bits wide.
        precondition(size > 0 && size < Int(Int32.max))
        self.size = size
    }

    package var free: Int { self.size - self.live }
    /// Hash cells held in memory.
    package var capacity: Int { self.partners.capacity }

    package func isLive(_ code: UInt32) -> Bool {
        guard code < UInt32(self.size) else { return false }
        return (code < UInt32(self.free)) == (self.partner(of: code) != nil)
    }

    /// Makes a free code live; each has the same chance. Nil if none is free.
    package mutating func draw(using generator: inout some RandomNumberGenerator) -> UInt32? {
        guard self.free > 0 else { return nil }
        return self.take(number: Self.number(below: UInt64(self.free), using: &generator))
    }

    /// Makes this code live; false if it is live already.
    package mutating func claim(_ code: UInt32) -> Bool {
        guard code < UInt32(self.size), !self.isLive(code) else { return false }
        // A free code of the low region is its own number; one of the top region has its partner's.
        _ = self.take(number: self.partner(of: code) ?? code)
        return true
    }

    /// Makes the free code live that this number below `free` leads to.
    private mutating func take(number: UInt32) -> UInt32 {
        // The cut moves down by one: this code moves from the low region to the top region.
        let crossing = UInt32(self.free) - 1
        self.live += 1

        if let code = self.partner(of: number) {
            // The number is a live low code. It loses its partner, which becomes live.
            self.unpair(number, code)
            if number != crossing { self.admit(low: number, afterCrossing: crossing) }
            return code
        }
        if number != crossing { self.admit(low: number, afterCrossing: crossing) }
        return number
    }

    /// Gives `low`, a live code of the low region, a partner: the crossing code if that is free. Otherwise the crossing code is live and
    /// now in the top region; `low` gets the partner that it no longer needs.
    private mutating func admit(low: UInt32, afterCrossing crossing: UInt32) {
        if let freed = self.partner(of: crossing) {
            self.unpair(crossing, freed)
            self.pair(low, freed)
        } else {
            self.pair(low, crossing)
        }
    }

    /// Makes a live code free; false if it is not live.
    @discardableResult
    package mutating func release(_ code: UInt32) -> Bool {
        guard code < UInt32(self.size) else { return false }
        let cut = UInt32(self.free)
        // The cut moves up by one: this code moves from the top region to the low region.
        let crossing = cut
        let partner = self.partner(of: code)
        guard (code < cut) == (partner != nil) else { return false }
        self.live -= 1

        if let partner {
            // A low code: its partner, free and in the top region, needs another live low code.
            self.unpair(code, partner)
            if partner != crossing { self.adopt(top: partner, afterCrossing: crossing) }
        } else if code != crossing {
            self.adopt(top: code, afterCrossing: crossing)
        }
        return true
    }

    /// Gives `top`, a free code of the top region, a partner: the crossing code if that is live. Otherwise the crossing code is free and
    /// now in the low region; `top` gets the partner that it no longer needs.
    private mutating func adopt(top: UInt32, afterCrossing crossing: UInt32) {
        if let freed = self.partner(of: crossing) {
            self.unpair(crossing, freed)
            self.pair(freed, top)
        } else {
            self.pair(crossing, top)
        }
    }

    /// Uniform in 0 ..< bound: the product's high word, once its low word is beyond the part that would favour some numbers (Lemire,
    /// arXiv:1805.10941). The standard library's function is not specialised for the generator, and would cost more than the rest of a
    /// draw.
    private static func number(below bound: UInt64, using generator: inout some RandomNumberGenerator) -> UInt32 {
        while true {
            let product = bound.multipliedFullWidth(by: generator.next())
            if product.low >= bound || product.low >= (0 &- bound) % bound { return UInt32(product.high) }
        }
    }

    private func partner(of code: UInt32) -> UInt32? {
        self.partners.find(HashIndex.mix(code)) { _ in true }
    }

    private mutating func pair(_ a: UInt32, _ b: UInt32) {
        self.partners.insert(HashIndex.mix(a), b)
        self.partners.insert(HashIndex.mix(b), a)
    }

    private mutating func unpair(_ a: UInt32, _ b: UInt32) {
        self.partners.remove(HashIndex.mix(a)) { _ in true }
        self.partners.remove(HashIndex.mix(b)) { _ in true }
    }
}
