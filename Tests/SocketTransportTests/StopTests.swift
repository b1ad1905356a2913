#if os(Linux)
import NIOConcurrencyHelpers
import NIOCore
import SignalingRuntime
import SignalingTestKit
import SocketTransport
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct StopTests {
    @Test func openStreamsEndAndTheirDriversHearOfIt() async throws {
        // One has input, one is behind, one is paused: each is ended.
        let script: Script = { driver in
            driver.onOpened = { driver in
                if driver.number == 2 { driver.send(ByteBuffer.pattern(8_000_000)) }
                if driver.number == 3 { driver.stream?.isReading = false }
            }
        }
        try await Rig.run(.sockets, loops: 2, script: script) { rig in
            var clients: [SocketClient] = []
            for number in 1...3 {
                let client = try await rig.connect(reads: number != 2)
                _ = try await rig.driver(number)
                if number != 2 { try await client.send("hello") }
                clients.append(client)
            }
            try await rig.stop()
            // All of it happened before `stop` returned.
            #expect(rig.journal.pages.ended == 3)
            #expect(rig.hub.connections.open == 0)
            try await clients[0].readToEnd()
        }
    }

    @Test func whatIsAskedOfAStoppedLoopFailsOrDoesNothing() async throws {
        let loops = try SocketLoops.forTests(count: 2)
        let ran = Atomic(false)
        let pending = loops.first.scheduleTask(in: .hours(1)) { ran.store(true, ordering: .relaxed) }
        let failure = NIOLockedValueBox<(any Error)?>(nil)
        pending.futureResult.whenFailure { error in failure.withLockedValue { $0 = error } }
        try await loops.onEach { _ in }
        await loops.stop()
        #expect(failure.withLockedValue { $0 as? EventLoopError } == .shutdown)
        loops.first.execute { ran.store(true, ordering: .relaxed) }
        loops.first.scheduleTask(in: .zero) { ran.store(true, ordering: .relaxed) }
        await #expect(throws: EventLoopError.shutdown) { try await loops.onEach { _ in ran.store(true, ordering: .relaxed) } }
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        await #expect(throws: EventLoopError.shutdown) {
            try await loops.listen(
                on: address, makeDriver: { ScriptedDriver(number: 1, loop: $0, journal: Journal()) }, report: { Issue.record($0) })
        }
        await loops.closeListener()
        await loops.stop()
        let ranNow = ran.load(ordering: .relaxed)
        #expect(!ranNow)
        #expect(!loops.first.inEventLoop)
    }

    @Test func workThatWasTakenIsDone() async throws {
        for _ in 0..<50 {
            let loops = try SocketLoops.forTests(count: 1)
            let loop = loops.first
            let count = Atomic(0)
            for _ in 0..<100 { loop.execute { count.add(1, ordering: .relaxed) } }
            await loops.stop()
            let countNow = count.load(ordering: .relaxed)
            #expect(countNow == 100)
        }
    }

    /// Streams change loops without end while the loops stop: each is closed by somebody, and no driver is left out.
    @Test func streamsOnTheirWayAreClosedToo() async throws {
        @Sendable func wanders(_ rig: NIOLockedValueBox<Rig?>) -> Script {
            { driver in
                driver.onCompleted = { driver in
                    guard let stream = driver.stream, let maker = rig.withLockedValue({ $0 }) else { return }
                    driver.stream = nil
                    stream.handOver(key: UInt64(driver.number), unread: ByteBuffer()) { maker.driver($0, wanders(rig)) }
                }
            }
        }
        for _ in 0..<10 {
            let later = NIOLockedValueBox<Rig?>(nil)
            try await Rig.run(.sockets, loops: 3, script: wanders(later)) { rig in
                later.withLockedValue { $0 = rig }
                var clients: [SocketClient] = []
                for _ in 0..<10 { clients.append(try await rig.connect()) }
                try await rig.journal.wait("some way") { $0.count(.opened) >= 200 }
                try await rig.stop()
                #expect(rig.hub.connections.open == 0)
                for client in clients { try await client.readToEnd() }
            }
            later.withLockedValue { $0 = nil }
        }
    }

    /// `@unchecked Sendable`: what it points to is only compared with nil.
    private struct Watched: @unchecked Sendable {
        weak var loops: SocketLoops?
        weak var context: LoopContext?
        weak var stream: AnyObject?
        weak var driver: ScriptedDriver?
        var isGone: Bool { self.loops == nil && self.context == nil && self.stream == nil && self.driver == nil }
    }

    @Test func nothingIsKeptAlive() async throws {
        let watched = NIOLockedValueBox(Watched())
        try await Self.useLoops(watched)
        // The last reference may be the thread's own, which ends just after it has said so.
        let end = ContinuousClock.now + .seconds(5)
        while !watched.withLockedValue({ $0.isGone }), ContinuousClock.now < end { await Task.yield() }
        #expect(watched.withLockedValue { $0.loops } == nil)
        #expect(watched.withLockedValue { $0.context } == nil)
        #expect(watched.withLockedValue { $0.stream } == nil)
        #expect(watched.withLockedValue { $0.driver } == nil)
    }

    private static func useLoops(_ watched: NIOLockedValueBox<Watched>) async throws {
        let loops = try SocketLoops.forTests(count: 2)
        let journal = Journal()
        let address = try await loops.listen(journal: journal) {
            $0.onOpened = { driver in
                watched.withLockedValue {
                    $0.context = driver.loop
                    $0.driver = driver
                    $0.stream = driver.stream
                }
                driver.loop.eventLoop.scheduleTask(in: .hours(1)) { driver.send("never") }
            }
        }
        watched.withLockedValue { $0.loops = loops }
        let client = try await SocketClient.connect(to: address)
        try await journal.wait("opened") { $0.count(.completed) == 1 }
        await loops.stop()
        try await client.readToEnd()
        client.close()
    }
}
#endif
