import Foundation
import Testing

@testable import bench

@Suite struct ReportTests {
    private func report(_ values: [Double], _ change: (inout Outcome) -> Void = { _ in }) -> Report {
        var report = Report(scenario: "relay", load: "one room", isPinned: true, settings: ["HEARTBEAT": "5s"])
        for value in values {
            var outcome = Outcome()
            outcome.add("cpu_us_per_msg", "server CPU a msg", .microseconds, value)
            outcome.add("missing", "what nobody knows", .count, nil)
            change(&outcome)
            report.add(outcome)
        }
        return report
    }

    @Test func theTableShowsTheMedianAndTheRange() {
        let table = self.report([7, 9, 8]).table
        #expect(table.contains("median of 3 runs"))
        let rows = table.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(rows.contains("server CPU a msg 8.00 µs 7.00 µs 9.00 µs"))
        #expect(!table.contains("nobody"))
    }

    @Test func theObjectHasMediansAndRuns() throws {
        struct Object: Decodable {
            var scenario: String
            var medians: [String: Double]
            var runs: [[String: Double]]
        }
        let text = try self.report([7, 9, 8.5]).json()
        #expect(!text.contains("\n"))
        let object = try JSONDecoder().decode(Object.self, from: Data(text.utf8))
        #expect(object.medians == ["cpu_us_per_msg": 8.5])
        #expect(object.runs == [["cpu_us_per_msg": 7], ["cpu_us_per_msg": 9], ["cpu_us_per_msg": 8.5]])
    }

    @Test func framesThatAreNotAsTheyWereSentFailTheRun() {
        for faults in [FrameFaults(altered: 1), FrameFaults(lost: 1), FrameFaults(duplicated: 1)] {
            let report = self.report([7]) { $0.add(faults) }
            #expect(report.hasFailed)
            #expect(report.table.contains("FAILED"))
        }
        #expect(!self.report([7]) { $0.add(FrameFaults(ignored: 3)) }.hasFailed)
    }

    @Test func itemsThatDidNotComeOnceAndInOrderFailTheRun() {
        let faults = [
            ItemFaults(altered: 1), ItemFaults(lost: 1), ItemFaults(duplicated: 1), ItemFaults(disordered: 1), ItemFaults(unanswered: 1),
        ]
        for faults in faults { #expect(self.report([7]) { $0.add(faults) }.hasFailed) }
        #expect(!self.report([7]) { $0.add(ItemFaults()) }.hasFailed)
    }

    @Test func othersUsingTheCPUSpoilARun() {
        for (foreign, stolen, isSpoiled) in [(3.0, 4.0, false), (5, 4, true), (0, 9, true)] {
            let report = self.report([7]) { $0.addShares(CPUShares(server: 99, generator: 40, foreign: foreign, stolen: stolen)) }
            #expect(report.warnings.contains { $0.contains("throw this run away") } == isSpoiled)
            #expect(!report.hasFailed)
        }
    }
}
