import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Synchronization
import Testing
import TimeKeeping

@Suite(.serialized, .timeLimit(.minutes(5))) struct StopTests {
    @Test(arguments: Carrier.allCases) func openStreamsEndAndTheirDriversHearOfIt(_ carrier: Carrier) async throws {
        // One has input, one is behind, one is paused: each is ended.
        let script: Script = { driver in
            driver.onReceived = { driver, _ in
                if driver.number == 2 { driver.send(ByteBuffer.pattern(8_000_000)) }
                if driver.number == 3 { driver.stream?.isReading = false }
            }
        }
        try await Rig.run(carrier, loops: 2, script: script) { rig in
            var clients: [SocketClient] = []
            for number in 1...3 {
                let client = try await rig.connect(reads: number != 2)
                _ = try await rig.driver(number)
                try await client.send("hello")
                clients.append(client)
            }
            try await rig.journal.wait("all") { pages in (1...3).allSatisfy { pages.received($0) == 5 } }
            await rig.transport.stop()
            // All of it happened before `stop` returned.
            #expect(rig.journal.pages.ended == 3)
            #expect(rig.accepting.open == 0)
            try await clients[0].readToEnd()
            for client in clients { client.close() }
        }
    }

    @Test(arguments: Carrier.plain) func whatIsAskedOfStoppedLoopsFailsOrDoesNothing(_ carrier: Carrier) async throws {
        let transport = try await carrier.makeTransport(loops: 2)
        let loop = Outcome<any StreamLoop>()
        let ran = Atomic(false)
        let isForgotten = Atomic(false)
        try await transport.onFirst { context in
            loop.set(context.loop)
            // Nobody waits for it; that the loop has dropped it shows when it is freed.
            let kept = Freed { isForgotten.store(true, ordering: .relaxed) }
            _ = context.timers.schedule(Ringer { kept.touch() }, at: context.clock.now() + .minutes(10))
        }
        let first = try await loop.value("the first loop")
        try await transport.onEach { _ in }
        await transport.stop()
        first.execute { ran.store(true, ordering: .relaxed) }
        await #expect(throws: LoopHasEnded.self) { try await transport.onFirst { _ in ran.store(true, ordering: .relaxed) } }
        await #expect(throws: LoopHasEnded.self) { try await transport.onEach { _ in ran.store(true, ordering: .relaxed) } }
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        await #expect(throws: LoopHasEnded.self) {
            try await transport.listen(on: address) { ScriptedDriver(number: 1, context: $0, journal: Journal()) }
        }
        await transport.closeListener()
        await transport.stop()
        let ranNow = ran.load(ordering: .relaxed)
        #expect(!ranNow)
        let isForgottenNow = isForgotten.load(ordering: .relaxed)
        #expect(isForgottenNow)
        #expect(!first.isCurrent)
    }

    @Test(arguments: Carrier.plain) func workThatWasTakenIsDone(_ carrier: Carrier) async throws {
        for _ in 0..<50 {
            let transport = try await carrier.makeTransport(loops: 1)
            let count = NIOLockedValueBox(0)
            let loop = Outcome<any StreamLoop>()
            try await transport.onFirst { loop.set($0.loop) }
            let first = try await loop.value("the loop")
            for _ in 0..<100 { first.execute { count.withLockedValue { $0 += 1 } } }
            await transport.stop()
            #expect(count.withLockedValue { $0 } == 100)
        }
    }

    /// Streams change drivers, and loops where they can, without end while the loops stop: each is closed by somebody.
    @Test(arguments: Carrier.plain) func streamsOnTheirWayAreClosedToo(_ carrier: Carrier) async throws {
        @Sendable func wanders(_ rigs: NIOLockedValueBox<Rig?>) -> Script {
            { driver in
                // A channel's stream goes nowhere: there it would be told of the next driver's being there without end.
                let place: Script = { driver in
                    guard let rig = rigs.withLockedValue({ $0 }) else { return }
                    driver.handOver(key: UInt64(driver.number)) { rig.driver($0, wanders(rigs)) }
                }
                driver.onCompleted = { driver in
                    if carrier.isSockets { place(driver) } else { driver.context.loop.execute { place(driver) } }
                }
            }
        }
        for _ in 0..<10 {
            let later = NIOLockedValueBox<Rig?>(nil)
            var options = Rig.Options()
            options.loops = 3
            options.tellsEveryEnd = false
            try await Rig.run(carrier, options, script: wanders(later)) { rig in
                later.withLockedValue { $0 = rig }
                var clients: [SocketClient] = []
                for _ in 0..<10 { clients.append(try await rig.connect()) }
                for client in clients { try await client.send("go") }
                try await rig.journal.wait("some way") { $0.count(.opened) >= 200 }
                await rig.transport.stop()
                #expect(rig.accepting.open == 0)
                for client in clients { try await client.readToEnd() }
            }
            later.withLockedValue { $0 = nil }
        }
    }

    // MARK: - What is left

    /// `@unchecked Sendable`: what it points to is only compared with nil.
    private struct Watched: @unchecked Sendable {
        weak var transport: AnyObject?
        weak var context: LoopContext?
        weak var stream: AnyObject?
        weak var driver: ScriptedDriver?
        var isGone: Bool { self.transport == nil && self.context == nil && self.stream == nil && self.driver == nil }
    }

    /// The policy, which the server holds on to, is kept here too.
    @Test(arguments: Carrier.allCases) func nothingIsKeptAlive(_ carrier: Carrier) async throws {
        let watched = NIOLockedValueBox(Watched())
        let accepting = AcceptPolicy(limit: 1000) { Issue.record($0) }
        try await Self.use(carrier, accepting, watched)
        // The last reference may be a thread's own, which ends just after it has said so.
        try await eventually("all is gone") { watched.withLockedValue { $0.isGone } }
        #expect(watched.withLockedValue { $0.transport } == nil)
        #expect(watched.withLockedValue { $0.context } == nil)
        #expect(watched.withLockedValue { $0.stream } == nil)
        #expect(watched.withLockedValue { $0.driver } == nil)
        #expect(accepting.open == 0)
    }

    private static func use(_ carrier: Carrier, _ accepting: AcceptPolicy, _ watched: NIOLockedValueBox<Watched>) async throws {
        let transport = try await carrier.makeTransport(loops: 2, accepting: accepting)
        watched.withLockedValue { $0.transport = transport as AnyObject }
        let journal = Journal()
        let address = try await transport.listen(on: SocketAddress(ipAddress: "127.0.0.1", port: 0)) { context in
            let driver = ScriptedDriver(number: 1, context: context, journal: journal)
            driver.onOpened = { driver in
                watched.withLockedValue {
                    $0.context = driver.context
                    $0.driver = driver
                    $0.stream = driver.stream?.stream
                }
                _ = driver.context.timers.schedule(Ringer { driver.send("never") }, at: driver.context.clock.now() + .minutes(60))
            }
            return driver
        }
        let client = try await SocketClient.connect(to: address, options: carrier.clientOptions())
        try await client.send("hello")
        try await journal.wait("the question") { $0.received(1) == 5 }
        await transport.stop()
        try await client.readToEnd()
        client.close()
    }
}
