import Foundation
import Testing

@testable import ServerUnderTest

@Suite struct ProcessTests {
    @Test func memoryIsReadInBytes() throws {
        let memory = try #require(
            ProcessMemory(status: "Name:\tx y\nVmHWM:\t   300 kB\nVmRSS:\t   200 kB\nRssAnon:\t  100 kB\nThreads:\t1\n"))
        #expect((memory.peak, memory.resident, memory.anonymous) == (307_200, 204_800, 102_400))
        #expect(ProcessMemory(status: "VmRSS:\t 200 kB\n") == nil)
    }

    @Test func ticksAreReadBehindTheName() throws {
        let ticks = try #require(ProcessorTime.ticks("12 (a) b 1) S 1 2 3 4 5 6 7 8 9 10 111 22 0 0 20"))
        #expect((ticks.user, ticks.system) == (111, 22))
        #expect(ProcessorTime.ticks("12 (a) S 1") == nil)
    }

    /// The two counts of one process: hundredths of a second, and what the scheduler says.
    @Test func timeIsCountedFinelyWhereTheSchedulerMissesNothing() {
        let start = ProcessorTime(user: 0.30, system: 0.12, scheduled: 0.31)
        // Its count lacks what an ended thread used before.
        #expect(start.total == 0.42)
        let quiet = ProcessorTime(user: 0.30, system: 0.12, scheduled: 0.3125) - start
        #expect(abs(quiet.total - 0.0025) < 1e-9)
        let threadEnded = ProcessorTime(user: 1.30, system: 0.12, scheduled: 0.2) - start
        #expect(abs(threadEnded.total - 1) < 1e-9)
    }

    @Test func endsOfConnectionsAreCountedThoughTheLogLeavesSomeOut() {
        var log = ServerLog(expected: [])
        let lines = [
            #"{"level":"info","message":"connection ended","code":1000}"#,
            #"{"level":"info","message":"connection ended … and 12,345 more"}"#,
            #"{"level":"info","message":"request … and 7 more"}"#,
        ]
        log.read(Data(lines.map { $0 + "\n" }.joined().utf8))
        #expect(log.connectionsEnded == 12_346 && log.lines == 3)
    }

    @Test func settingsAreNamesAndValues() {
        #expect(ServerSettings.parse(["A=1", "B=x=y", "A=2", "C="]) == ["A": "2", "B": "x=y", "C": ""])
        #expect(ServerSettings.parse(["A"]) == nil)
    }
}
