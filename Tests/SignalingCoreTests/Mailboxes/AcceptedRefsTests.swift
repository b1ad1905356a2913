import SignalingTestKit
import Testing

@testable import SignalingCore

@Suite struct AcceptedRefsTests {
    private func refs(_ accepted: [UInt64], sid: String = "s") -> AcceptedRefs {
        var refs = AcceptedRefs()
        for ref in accepted { refs.accept(ref, sid: sid) }
        return refs
    }

    private func standings(_ refs: AcceptedRefs, _ numbers: [UInt64]) -> [AcceptedRefs.Standing] {
        numbers.map { refs.standing(of: $0, sid: "s") }
    }

    @Test func whatWasPassedOverWasRefused() {
        let refs = self.refs([2, 3, 5])
        #expect(self.standings(refs, [1, 2, 3, 4, 5, 6]) == [.refused, .accepted, .accepted, .refused, .accepted, .open])
    }

    @Test func anotherClientsNumbersAreOpen() {
        var refs = self.refs([7])
        for sid in [nil, "", "t"] as [String?] { #expect(refs.standing(of: 7, sid: sid) == .open) }
        for sid in [nil, ""] as [String?] { refs.accept(9, sid: sid) }
        #expect(self.standings(refs, [7, 9]) == [.accepted, .open])
        refs.accept(3, sid: "t")
        #expect(self.standings(refs, [7]) == [.open])
        #expect(refs.standing(of: 2, sid: "t") == .refused)
    }

    /// The first number a client uses may be any; what it left out before it was never accepted.
    @Test(arguments: [1, 2, 64, 65, 1023, 1024, 1025, 1026, 5000, 1 << 53] as [UInt64])
    func olderNumbersThanTheWindowCountAsAccepted(first: UInt64) {
        let refs = self.refs([first])
        for age in [1, 2, 63, 64, 65, 1023, 1024] as [UInt64] where age < first {
            #expect(refs.standing(of: first - age, sid: "s") == .refused, "\(age) before \(first)")
        }
        if first > 1025 { #expect(refs.standing(of: first - 1025, sid: "s") == .accepted) }
    }

    /// Numbers up to which `distance` lies, one of them across words and one beyond the window.
    @Test(arguments: [1, 2, 3, 63, 64, 65, 127, 128, 129, 1000, 1023, 1024, 1025, 1026, 3000] as [UInt64])
    func aGapMovesWhatWasKnown(distance: UInt64) {
        let refs = self.refs([10, 11, 13, 13 + distance])
        for number in 1...13 + distance {
            let wasAccepted = [10, 11, 13, 13 + distance].contains(number) || 13 + distance - number > 1024
            #expect(refs.standing(of: number, sid: "s") == (wasAccepted ? .accepted : .refused), "\(number)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func anyMixIsRemembered(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var refs = AcceptedRefs()
        var accepted: Set<UInt64> = []
        var last: UInt64 = 0
        for _ in 0..<300 {
            last += random.next() % 4 == 0 ? random.next() % 200 + 1 : 1
            refs.accept(last, sid: "s")
            accepted.insert(last)
            for number in (last > 1024 ? last - 1024 : 1)...last {
                #expect(refs.standing(of: number, sid: "s") == (accepted.contains(number) ? .accepted : .refused))
            }
        }
    }

    /// A client that is never refused costs nothing after its first thousand items.
    @Test func withoutGapsNothingIsKept() {
        let refs = self.refs(Array(1...1026))
        #expect(refs == self.refs(Array(2...1026)))
        #expect(self.standings(refs, [1, 2, 1025, 1026, 1027]) == [.accepted, .accepted, .accepted, .accepted, .open])
    }
}
