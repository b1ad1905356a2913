import Logging
import ServerThreads

@testable import ServerLogging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A pipe whose reading end the test holds.
struct Pipe {
    let reader: CInt
    let writer: CInt

    init(nonBlocking: Bool = false) {
        var ends: [CInt] = [0, 0]
        precondition(pipe(&ends) == 0)
        (self.reader, self.writer) = (ends[0], ends[1])
        if nonBlocking { _ = fcntl(self.writer, F_SETFL, O_NONBLOCK) }
    }

    /// What arrives until `enough` is content or ten seconds pass without a byte.
    func read(until enough: ([UInt8]) -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !enough(bytes) {
            var waiting = pollfd(fd: self.reader, events: CShort(POLLIN), revents: 0)
            guard poll(&waiting, 1, 10_000) == 1 else { return bytes }
            let count = systemRead(self.reader, &chunk, chunk.count)
            guard count > 0 else { return bytes }
            bytes += chunk.prefix(count)
        }
        return bytes
    }

    /// Waits until the pipe takes no more; false if it still does after ten seconds.
    func isFilled() -> Bool {
        for _ in 0..<10_000 {
            var waiting = pollfd(fd: self.writer, events: CShort(POLLOUT), revents: 0)
            if poll(&waiting, 1, 0) == 0 { return true }
            // There is no event for a pipe's being full.
            _ = poll(nil, 0, 1)
        }
        return false
    }

    /// What lies in the pipe after its writing end is closed.
    func readToEnd() -> String {
        _ = systemClose(self.writer)
        let bytes = self.read { _ in false }
        _ = systemClose(self.reader)
        return String(decoding: bytes, as: UTF8.self)
    }

    func closeBoth() {
        _ = systemClose(self.writer)
        _ = systemClose(self.reader)
    }
}

private func systemRead(_ descriptor: CInt, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int { read(descriptor, bytes, count) }
func systemClose(_ descriptor: CInt) -> CInt { close(descriptor) }

/// 2026-01-31 12:03:04.123 UTC, unless told otherwise.
final class TestClock: Sendable {
    static let start = WallTime(seconds: 1_769_860_984, milliseconds: 123)
    private let time = Monitor(TestClock.start)

    func set(_ time: WallTime) { self.time.withLock { $0 = time } }
    func now() -> WallTime { self.time.withLock { $0 } }
}

/// The lines that `body` logs through a logger of the given format.
func lines(_ format: some LineFormat, level: Logger.Level = .trace, _ body: (inout Logger, TestClock) -> Void) -> [String] {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.writer)
    let clock = TestClock()
    var logger = makeLogger(label: "test", format, threshold: LogThreshold(level), sink: sink) { clock.now() }
    body(&logger, clock)
    precondition(sink.close(timeout: .seconds(10)))
    return pipe.readToEnd().split(separator: "\n").map(String.init)
}
