import LoadClients
import ServerUnderTest
import Testing

@testable import soak

@Suite struct AccountTests {
    private func sheet(_ page: String, _ change: (Ledger) -> Void) -> AccountSheet {
        let ledger = Ledger()
        change(ledger)
        return AccountSheet(ledger, before: MetricsText(), after: MetricsText(page), pages: 0)
    }

    private func row(_ sheet: AccountSheet, _ series: String) -> AccountSheet.Row? { sheet.rows.first { $0.series == series } }

    @Test func equalCountsHoldAndOthersDoNot() {
        for (minted, holds) in [(7, true), (6, false), (8, false)] {
            let sheet = self.sheet("nt_codes_minted_total 7\n") { $0.minted = minted }
            #expect(self.row(sheet, "nt_codes_minted_total")?.holds == holds)
        }
    }

    @Test func whatIsPossibleIsABound() {
        for (server, holds) in [(2, false), (3, true), (5, true), (6, false)] {
            let sheet = self.sheet("nt_ws_closed_total{code=\"1006\"} \(server)\n") {
                for _ in 0..<3 { $0.closed(1006) }
                for _ in 0..<2 { $0.closedPossibly(1006) }
            }
            #expect(self.row(sheet, "nt_ws_closed_total{code=\"1006\"}")?.holds == holds)
        }
    }

    @Test func aMissingSeriesDoesNotHold() {
        #expect(self.row(self.sheet("") { _ in }, "nt_codes_minted_total")?.holds == false)
    }

    @Test func growthIsTold() throws {
        func growth(bytesPerSecond: Int) throws -> Growth {
            let samples = (0..<600).map { Growth.Sample(seconds: Double($0), residentBytes: 30_000_000 + $0 * bytesPerSecond) }
            return try #require(Growth(samples, seconds: 600, allowance: .after(minutes: 10)))
        }
        #expect(try growth(bytesPerSecond: 0).holds)
        #expect(try growth(bytesPerSecond: 1000).holds)
        #expect(try !growth(bytesPerSecond: 10_000).holds)
        #expect(try growth(bytesPerSecond: 10_000).bytesPerHour == 36_000_000)
    }
}
