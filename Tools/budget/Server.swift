import ByteStreams
import HTTPServer
import Logging
import ServerLogging
import SignalingRuntime
import SignalingTestKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The server with everything on and at its defaults, short of sockets: HTTP and WebSocket connections, rooms, codes, metrics, the log.
final class Server {
    private let parts: SignalingParts
    private let context: LoopContext

    init() {
        // Lines are built as they are on a server; a sink that is closed throws them away.
        let sink = LogSink(descriptor: STDERR_FILENO, linesPerSecond: .max)
        sink.close(timeout: .seconds(1))
        let clock = ServerClock.system
        self.parts = SignalingParts(clock: clock) {
            $0.limits.redeemFailuresPerMinute = 30
            $0.maxStoredBytes = 256 << 20
            $0.logger = makeLogger(label: "budget", format: .json, threshold: LogThreshold(.info), sink: sink)
        }
        // Its alarm never rings: what takes time to happen is not measured.
        self.context = LoopContext(loop: ManualLoop(ManualClock()), clock: clock)
    }

    func connect() -> MeteredStream {
        let driver = Meter.measure { HTTPConnection(services: self.parts.http, context: self.context) }
        return MeteredStream(driver, context: self.context)
    }
}
