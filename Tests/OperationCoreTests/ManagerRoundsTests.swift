import OperationCore
import Testing
import TimeKeeping

@Suite struct ManagerRoundsTests {
    private static func time(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test func theStatusIsToldOnChangeAndNotOften() {
        var rounds = ManagerRounds(watchdog: nil, now: Self.time(0))
        #expect(rounds.next == Self.time(0))
        #expect(rounds.ended(at: Self.time(0), status: "a")?.text == "STATUS=a")
        #expect(rounds.next == Self.time(5_000))
        #expect(rounds.ended(at: Self.time(4_999), status: "b") == nil)
        #expect(rounds.ended(at: Self.time(5_000), status: "a") == nil)
        #expect(rounds.ended(at: Self.time(10_000), status: nil) == nil)
        #expect(rounds.ended(at: Self.time(15_000), status: "b")?.text == "STATUS=b")
    }

    @Test func theWatchdogIsFedByRoundsThatEnd() {
        var rounds = ManagerRounds(watchdog: .seconds(2), now: Self.time(0))
        #expect(rounds.ended(at: Self.time(0), status: "a")?.text == "STATUS=a")
        #expect(rounds.next == Self.time(2_000))
        // It took a while: the next is due as long after this.
        #expect(rounds.ended(at: Self.time(2_500), status: "a")?.text == "WATCHDOG=1")
        #expect(rounds.next == Self.time(4_500))
        #expect(rounds.ended(at: Self.time(5_100), status: "b")?.lines == ["WATCHDOG=1", "STATUS=b"])
        #expect(rounds.next == Self.time(7_100))
    }

    @Test(
        arguments: [
            ("30000000", nil, 15_000), ("30000000", "7", 15_000), ("30000000", "8", nil), ("30000000", "", nil), (nil, "7", nil),
            ("0", nil, nil),
            ("-5", nil, nil), ("x", nil, nil), ("99999999999999999999", nil, nil), ("1", nil, 10),
        ] as [(String?, String?, Int64?)])
    func theWatchdogIsForThisProcess(microseconds: String?, process: String?, milliseconds: Int64?) {
        let watchdog = ManagerRounds.watchdog(microseconds: microseconds, process: process, own: 7)
        #expect(watchdog == milliseconds.map { .milliseconds($0) })
    }

    @Test func noticesAreLines() {
        #expect(ManagerNotice.ready().text == "READY=1")
        #expect(ManagerNotice.ready(process: 12).text == "MAINPID=12\nREADY=1")
        #expect(ManagerNotice.reloading(at: 1_234).text == "RELOADING=1\nMONOTONIC_USEC=1234")
        #expect(ManagerNotice.stopping.text == "STOPPING=1")
    }

    @Test func theStatusIsForPeople() {
        #expect(ServerStatus(.serving, connections: 1, rooms: 2, codes: 0).text == "1 connection, 2 rooms, 0 codes")
        #expect(ServerStatus(.serving, connections: 0, rooms: 1, codes: nil).text == "0 connections, 1 room")
        let leaving = ServerStatus(.leaving, connections: 3, rooms: 1, codes: 1).text
        #expect(leaving == "told to stop, serving on for SHUTDOWN_DELAY: 3 connections, 1 room, 1 code")
        #expect(ServerStatus(.ending, connections: 3, rooms: 1, codes: 1).text == "shutting down: 3 connections left")
    }
}
