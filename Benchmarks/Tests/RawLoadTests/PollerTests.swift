import RawLoad
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct PollerTests {
    static let pollers: [@Sendable () throws -> any Poller] = {
        var makers: [@Sendable () throws -> any Poller] = [{ PollPoller() }]
        #if os(Linux)
        makers.append { try EpollPoller() }
        #endif
        return makers
    }()

    /// Both ends of a pipe.
    private func ends() -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    @Test(arguments: pollers.indices) func readinessIsToldWithTheTag(index: Int) throws {
        let poller = try Self.pollers[index]()
        let (first, second) = (self.ends(), self.ends())
        // The fourth is closed below. Closed twice, its number could be another test's by then.
        defer { for end in [first.writing, second.reading, second.writing] { close(end) } }
        var events: [PollEvent] = []
        try poller.add(first.reading, tag: 7 << 32 | 1)
        try poller.add(second.reading, tag: 2)
        poller.wait(milliseconds: 0, into: &events)
        #expect(events.isEmpty)

        #expect(write(first.writing, "x", 1) == 1)
        poller.wait(milliseconds: 0, into: &events)
        #expect(events == [PollEvent(tag: 7 << 32 | 1, isReadable: true, isWritable: false)])

        poller.remove(first.reading)
        close(first.reading)
        #expect(write(second.writing, "x", 1) == 1)
        poller.wait(milliseconds: 0, into: &events)
        #expect(events.map(\.tag) == [2])
    }

    @Test(arguments: pollers.indices) func writingIsWatchedWhileItIsWanted(index: Int) throws {
        let poller = try Self.pollers[index]()
        let ends = self.ends()
        defer { for end in [ends.reading, ends.writing] { close(end) } }
        var events: [PollEvent] = []
        try poller.add(ends.writing, tag: 1)
        for isWanted in [false, true, false] {
            poller.watchWriting(ends.writing, tag: 1, isWanted)
            poller.wait(milliseconds: 0, into: &events)
            #expect(events.contains { $0.isWritable } == isWanted)
        }
    }
}
