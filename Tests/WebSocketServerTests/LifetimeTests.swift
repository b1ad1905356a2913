import ByteStreams
import FairShares
import NIOCore
import NetworkAddresses
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// A connection, its sink, its stream and its outbox hold each other while it lasts, and nothing of that afterwards.
@Suite struct LifetimeTests {
    private struct Parts {
        weak var connection: WebSocketConnection?
        weak var sink: TestSink?
        weak var outbox: Outbox?
        weak var stream: MemoryStream?

        var areAlive: Bool { self.connection != nil && self.sink != nil && self.outbox != nil && self.stream != nil }
        var areGone: Bool { self.connection == nil && self.sink == nil && self.outbox == nil && self.stream == nil }
    }

    private let clock = ManualClock()
    private let loop: ManualLoop
    private let context: LoopContext

    init() {
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
    }

    /// A connection that nobody here holds, but by its stream.
    private func begin(_ opening: WebSocketOpening = .open(paused: false)) -> (stream: MemoryStream, parts: Parts) {
        let sink = TestSink(opening)
        let settings = WebSocketSettings(heartbeat: .seconds(20), maxMessage: 1_000, shares: ClientShares(ShareBook(bounds: [:])))
        let connection = WebSocketConnection(id: ConnectionID(1), sink: sink, client: .v4(1), context: self.context, settings: settings)
        let stream = MemoryStream(context: self.context)
        stream.begin(connection)
        return (stream, Parts(connection: connection, sink: sink, outbox: connection.outbox, stream: stream))
    }

    private static let openings: [WebSocketOpening] = [
        .open(paused: false), .open(paused: true), .held(until: MonotonicTime(nanoseconds: .max / 2)), .refused(.serverFull),
    ]

    @Test(arguments: openings) func aClientThatLeavesLeavesNothingBehind(_ opening: WebSocketOpening) {
        for end in [MemoryStream.End.fin, .reset] {
            var (stream, parts): (MemoryStream?, Parts) = self.begin(opening)
            #expect(parts.areAlive)
            stream?.end(end)
            stream = nil
            #expect(parts.areGone)
        }
    }

    @Test func aCloseLeavesNothingBehind() {
        var (stream, parts): (MemoryStream?, Parts) = self.begin()
        stream?.receive(ByteBuffer(bytes: [ClientFrame(.text, text: "x", isFinal: false), .close(1000)].bytes))
        stream = nil
        #expect(parts.areGone)
    }

    @Test(arguments: openings) func aServerThatCutsItOffLeavesNothingBehind(_ opening: WebSocketOpening) {
        var (stream, parts): (MemoryStream?, Parts) = self.begin(opening)
        self.context.connections.drain()
        self.context.flushTouched()
        self.loop.advance(by: .seconds(6))
        #expect(stream?.isOpen == false)
        stream = nil
        #expect(parts.areGone)
        #expect(self.context.timers.count == 0 && self.context.connections.count == 0)
    }

    /// Others that it sent to, and that sent to it, do not keep it either.
    @Test func whoWaitedForItOrWasWaitedForKeepsNothing() {
        let other = RecordingOwner(id: 7, context: self.context)
        other.canWrite = false
        var (stream, parts): (MemoryStream?, Parts) = self.begin()
        _ = parts.outbox.map {
            other.outbox.append(self.context, sender: $0) { $0.writeRepeatingByte(0, count: Outbox.congestionMark + 1) }
        }
        _ = parts.outbox?.append(self.context, sender: other.outbox) { $0.writeRepeatingByte(0, count: Outbox.congestionMark + 1) }
        parts.connection?.pauseReading()
        self.context.flushTouched()
        stream?.end(.fin)
        stream = nil
        self.context.flushTouched()
        // It is dropped from the list of those who wait when the next one comes, or when the queue has drained.
        other.canWrite = true
        other.drain()
        self.context.flushTouched()
        #expect(parts.areGone)
    }

    @Test func aConnectionThatNeverBeganIsGone() {
        weak var gone: WebSocketConnection?
        do {
            let settings = WebSocketSettings(heartbeat: .seconds(20), maxMessage: 1_000, shares: ClientShares(ShareBook(bounds: [:])))
            let connection = WebSocketConnection(
                id: ConnectionID(1), sink: TestSink(), client: .v4(1), context: self.context, settings: settings)
            gone = connection
            _ = connection.progress
        }
        #expect(gone == nil)
    }
}
