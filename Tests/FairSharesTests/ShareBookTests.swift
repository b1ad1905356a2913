import FairShares
import NetworkAddresses
import Testing

@Suite struct ShareBookTests {
    private static let greedy = ClientAddress.v4(0xC000_0201)

    private func book(_ bound: Int, cap: Int = 0) -> ShareBook { ShareBook(bounds: [.rooms: bound], caps: [.rooms: cap]) }

    private func take(_ book: inout ShareBook, _ client: ClientAddress?, _ amount: Int = 1) -> ShareBook.Verdict {
        let verdict = book.verdict(on: amount, of: .rooms, for: client)
        if verdict == .granted { book.change(.rooms, by: amount, for: client) }
        return verdict
    }

    private func takeAll(_ book: inout ShareBook, _ client: ClientAddress) -> Int {
        var count = 0
        while self.take(&book, client) == .granted { count += 1 }
        return count
    }

    private func v6(_ high: UInt64, _ low: UInt64 = 1) -> ClientAddress { .v6(high: high, low: low) }

    // MARK: - The rule

    @Test func nobodyIsLimitedBelowThreeQuarters() {
        var book = self.book(1_000)
        #expect(self.takeAll(&book, Self.greedy) == 750)
        #expect(self.take(&book, Self.greedy) == .overShare)
        #expect(book.total(.rooms) == 750 && book.count == 1)
    }

    @Test func aHundredOthersFindTheirShareBesideAGreedyOne() {
        var book = self.book(1_000)
        _ = self.takeAll(&book, Self.greedy)
        for client in 1...100 {
            for _ in 0..<2 { #expect(self.take(&book, .v4(UInt32(client))) == .granted) }
        }
        #expect(self.take(&book, Self.greedy) == .overShare)
    }

    @Test func aShareIsTheBoundDividedByThoseWhoHoldAnyAndOneMore() {
        var book = self.book(100)
        #expect(self.takeAll(&book, .v4(1)) == 75)
        // Two hold some, and one may come: a third each.
        #expect(self.takeAll(&book, .v4(2)) == 25)
        book.change(.rooms, by: -40, for: .v4(1))
        #expect(self.takeAll(&book, .v4(1)) == 15)
        #expect(self.take(&book, .v4(2)) == .granted)
        #expect(book.held(.rooms, by: ClientPrefix(.v4(1), length: 32)) == 50)
    }

    @Test func withAnotherBoundNobodyLosesWhatItHolds() {
        var book = self.book(100, cap: 60)
        #expect(self.takeAll(&book, .v4(1)) == 60)
        book.change(bounds: [.rooms: 40], caps: [:])
        #expect(book.total(.rooms) == 60)
        #expect(self.take(&book, .v4(2)) == .exhausted)
        book.change(.rooms, by: -21, for: .v4(1))
        #expect(self.take(&book, .v4(2)) == .granted)
        #expect(self.take(&book, .v4(3)) == .exhausted)
        book.change(bounds: [.rooms: 1_000], caps: [.rooms: 50])
        #expect(self.takeAll(&book, .v4(1)) == 11)
        #expect(self.take(&book, .v4(1)) == .overCap)
    }

    @Test func whoeverHoldsNothingMayBeginUntilNothingIsLeft() {
        var book = self.book(8)
        #expect(self.takeAll(&book, .v4(1)) == 6)
        #expect(self.take(&book, .v4(2)) == .granted && self.take(&book, .v4(3)) == .granted)
        #expect(self.take(&book, .v4(4)) == .exhausted)
        #expect(self.take(&book, nil) == .exhausted)
    }

    @Test func whatIsNobodysCountsInAllAndIsNotLimited() {
        var book = self.book(100)
        var count = 0
        while self.take(&book, nil) == .granted { count += 1 }
        #expect(count == 100 && book.count == 0 && book.total(.rooms) == 100 && book.unowned(.rooms) == 100)
        book.change(.rooms, by: -100, for: nil)
        #expect(book.total(.rooms) == 0 && book.unowned(.rooms) == 0)
    }

    // MARK: - IPv6

    @Test func addressesOfOneNetworkAreOneClient() {
        var book = self.book(100)
        for low in 0..<75 { #expect(self.take(&book, self.v6(0x2001_0DB8_0000_0000, UInt64(low))) == .granted) }
        #expect(self.take(&book, self.v6(0x2001_0DB8_0000_0000, 99)) == .overShare)
        #expect(self.take(&book, self.v6(0x2001_0DB9_0000_0000)) == .granted)
    }

    @Test(arguments: [8, 16]) func manyNetworksOfOneSiteAreOneToo(_ bits: UInt64) {
        var book = self.book(1_000)
        // One connection from each /64 of a /56 or a /48.
        var taken = 0
        for number in 0..<UInt64(1_000) where self.take(&book, self.v6(0x2001_0DB8_0000_0000 | number % (1 << bits))) == .granted {
            taken += 1
        }
        #expect(taken == 750)
        for client in 1...100 { #expect(self.take(&book, .v4(UInt32(client))) == .granted) }
        // Another /48 is another client.
        #expect(self.take(&book, self.v6(0x2001_0DB8_0001_0000)) == .granted)
    }

    // MARK: - Caps

    @Test func aCapHoldsHoweverMuchIsFree() {
        var book = self.book(1_000, cap: 3)
        #expect(self.takeAll(&book, Self.greedy) == 3)
        #expect(self.take(&book, Self.greedy) == .overCap)
        for number in 0..<UInt64(9) { #expect(self.takeAll(&book, self.v6(0x2001_0DB8_0000_0000 | number)) == (number < 4 ? 3 : 0)) }
        // Eight times as many for a /48.
        for site in 1..<UInt64(4) {
            let count = (0..<UInt64(4)).reduce(0) { $0 + self.takeAll(&book, self.v6(0x2001_0DB8_0000_0000 | site << 8 | $1)) }
            #expect(count == (site < 2 ? 12 : 0))
        }
    }

    // MARK: - The largest

    @Test func theLargestHolderIsTheWidestNetworkThatHoldsMost() {
        var book = self.book(1_000)
        #expect(book.largestHolder(of: .rooms) == nil)
        book.change(.rooms, by: 5, for: .v4(1))
        for number in 0..<UInt64(3) { book.change(.rooms, by: 2, for: self.v6(0x2001_0DB8_0000_0000 | number << 8)) }
        let largest = book.largestHolder(of: .rooms)
        #expect(largest?.network.contains(self.v6(0x2001_0DB8_0000_FFFF)) == true && largest?.network.contains(.v4(1)) == false)
        #expect(largest?.held == 6 && book.unowned(.rooms) == 0)
        book.change(.rooms, by: 2, for: .v4(1))
        #expect(book.largestHolder(of: .rooms)?.network.contains(.v4(1)) == true)
        #expect(book.largestHolder(of: .codes) == nil)
    }

    // MARK: - Nothing is left

    @Test func whoeverHoldsNothingIsForgotten() {
        var book = ShareBook(bounds: [:])
        for client in 0..<UInt64(5_000) {
            book.change(.codes, by: 2, for: self.v6(client << 17))
            book.change(.rooms, by: 1, for: self.v6(client << 17))
        }
        #expect(book.count == 15_000)
        for client in 0..<UInt64(5_000) {
            book.change(.codes, by: -2, for: self.v6(client << 17))
            #expect(book.held(.rooms, by: ClientPrefix(self.v6(client << 17), length: 56)) == 1)
            book.change(.rooms, by: -1, for: self.v6(client << 17))
        }
        #expect(book.count == 0 && SharedResource.allCases.allSatisfy { book.total($0) == 0 })
        #expect(book.verdict(on: .max / 8, of: .codes, for: .v4(1)) == .granted)
    }

    /// Against sums that are made anew each time.
    @Test func sumsHoldWhateverIsTakenAndGiven() {
        var random = SystemRandomNumberGenerator()
        var book = ShareBook(bounds: [.outputBytes: 10_000])
        var held: [ClientAddress: Int] = [:]
        for _ in 0..<5_000 {
            let client: ClientAddress = Bool.random(using: &random) ? .v4(.random(in: 0..<8)) : self.v6(.random(in: 0..<8) << 14)
            let amount = Int.random(in: -held[client, default: 0]...100)
            if amount > 0, book.verdict(on: amount, of: .outputBytes, for: client) != .granted { continue }
            book.change(.outputBytes, by: amount, for: client)
            held[client, default: 0] += amount
            #expect(book.total(.outputBytes) == held.values.reduce(0, +))
            #expect(book.total(.outputBytes) <= 10_000)
        }
        let widest = Dictionary(grouping: held, by: { ClientPrefix($0.key, length: 48) })
            .mapValues { $0.reduce(0) { $0 + $1.value } }
        for (prefix, sum) in widest { #expect(book.held(.outputBytes, by: prefix) == sum) }
        if let largest = book.largestHolder(of: .outputBytes) { #expect(widest[largest.network] == widest.values.max()) }
    }
}
