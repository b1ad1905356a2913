import NIOConcurrencyHelpers
import NIOCore
import SignalingRuntime
import SignalingTestKit
import Testing

/// Another driver goes on: here, or on another loop.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HandOverTests {
    /// The rig, for scripts that make further drivers.
    private final class Later: Sendable {
        private let rig = NIOLockedValueBox<Rig?>(nil)
        func set(_ rig: Rig?) { self.rig.withLockedValue { $0 = rig } }

        @Sendable func handOver(_ driver: ScriptedDriver, key: UInt64, unread: ByteBuffer = ByteBuffer(), _ script: @escaping Script) {
            guard let rig = self.rig.withLockedValue({ $0 }), let stream = driver.stream else { return }
            driver.stream = nil
            stream.handOver(key: key, unread: unread) { loop in rig.driver(loop, script) }
        }
    }

    private static let echoes: Script = { $0.onReceived = { driver, bytes in driver.send(bytes) } }

    private static func run(
        _ carrier: Carrier, loops: Int, script: @escaping @Sendable (Later) -> Script, _ test: (Rig) async throws -> Void
    ) async throws {
        let later = Later()
        try await Rig.run(carrier, loops: loops, script: script(later)) { rig in
            later.set(rig)
            try await test(rig)
        }
        later.set(nil)
    }

    @Test(arguments: Carrier.allCases, [UInt64(0), 1, 2]) func theNextDriverGetsWhatIsUnreadAndTheRest(_ carrier: Carrier, _ key: UInt64)
        async throws
    {
        let script: @Sendable (Later) -> Script = { later in
            { $0.onReceived = { later.handOver($0, key: key, unread: $1.getSlice(at: 3, length: 4) ?? $1, Self.echoes) } }
        }
        try await Self.run(carrier, loops: 3, script: script) { rig in
            for round in 0..<10 {
                let client = try await rig.connect()
                let (old, new) = (2 * round + 1, 2 * round + 2)
                try await client.send("old new!")
                try await rig.journal.wait("the unread") { $0.text(new) == " new" && $0.events(new).contains(.completed) }
                try await client.send(" and on")
                let echo = try await client.read("echo") { $0.readString(length: 11) }
                #expect(echo == " new and on")
                client.close()
                let pages = try await rig.journal.wait("the end") { $0.hasEnded(new) }
                #expect(pages.events(old) == [.opened, .completed, .received] || pages.events(old) == [.opened, .received])
                #expect(Array(pages.events(new).prefix(3)) == [.opened, .received, .completed])
            }
        }
    }

    @Test(arguments: Carrier.allCases, StreamReentrancyTests.Place.allCases.dropLast())
    func aStreamMayBeHandedOverAnywhere(_ carrier: Carrier, _ place: StreamReentrancyTests.Place) async throws {
        let script: @Sendable (Later) -> Script = { later in
            { driver in
                let hand: (ScriptedDriver) -> Void = { later.handOver($0, key: UInt64($0.number), Self.echoes) }
                switch place {
                case .opened: driver.onOpened = hand
                case .received: driver.onReceived = { driver, _ in hand(driver) }
                case .completed: driver.onCompleted = hand
                case .writable:
                    driver.onOpened = { driver in driver.send(ByteBuffer(repeating: 1, count: 8_000_000)) }
                    driver.onWritable = hand
                case .ended: break
                }
            }
        }
        try await Self.run(carrier, loops: 2, script: script) { rig in
            for round in 0..<6 {
                let client = try await rig.connect()
                let new = 2 * round + 2
                if place == .received { try await client.send("x") }
                if place == .writable { _ = try await client.read("all") { $0.readSlice(length: 8_000_000) } }
                try await rig.journal.wait("the new one") { $0.events(new).contains(.completed) }
                try await client.send("ping")
                let echo = try await client.read("echo") { $0.readString(length: 4) }
                #expect(echo == "ping")
                client.close()
                try await rig.journal.wait("the end") { $0.hasEnded(new) }
            }
        }
    }

    /// From nowhere: a timer, say. The new driver is told that nothing was there.
    @Test(arguments: Carrier.allCases, [UInt64(0), 1]) func aHandOverOutsideOfAReadIsCompletedToo(_ carrier: Carrier, _ key: UInt64)
        async throws
    {
        let box = Later()
        try await Self.run(carrier, loops: 2, script: { _ in { _ in } }) { rig in
            box.set(rig)
            let client = try await rig.connect()
            let driver = try await rig.driver(1)
            try await driver.run { box.handOver($0, key: key, Self.echoes) }
            try await rig.journal.wait("the new one") { $0.events(2) == [.opened, .completed] }
            client.close()
        }
        box.set(nil)
    }

    /// A stream that changes loops at every read, while bytes keep coming and going.
    @Test func nothingIsLostOnTheWayBetweenLoops() async throws {
        #if os(Linux)
        @Sendable func wanders(_ later: Later) -> Script {
            {
                $0.onReceived = { driver, bytes in
                    // What is unsent goes along.
                    driver.stream?.write(bytes)
                    later.handOver(driver, key: UInt64(driver.number / 2), wanders(later))
                }
                $0.onOpened = { $0.stream?.flush() }
            }
        }
        let sent = ByteBuffer.pattern(2_000_000)
        try await Self.run(.sockets, loops: 3, script: wanders) { rig in
            let clients = try await withThrowingTaskGroup(of: SocketClient.self) { group in
                for _ in 0..<4 { group.addTask { try await rig.connect() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in clients {
                    group.addTask {
                        _ = client.enqueue(sent)
                        let echo = try await client.read("echo") { $0.readSlice(length: sent.readableBytes) }
                        #expect(echo == sent)
                        client.close()
                    }
                }
                try await group.waitForAll()
            }
            try await rig.journal.wait("the end") { $0.ended == 4 }
        }
        #endif
    }

    /// The old driver is behind with its output; the new one writes nothing.
    @Test(arguments: Carrier.allCases) func whatIsUnsentIsSentFromTheNextLoop(_ carrier: Carrier) async throws {
        let much = ByteBuffer.pattern(4_000_000)
        let script: @Sendable (Later) -> Script = { later in
            {
                $0.onReceived = { driver, _ in
                    driver.send(much)
                    later.handOver(driver, key: UInt64(driver.number)) { _ in }
                }
            }
        }
        try await Self.run(carrier, loops: 2, script: script) { rig in
            for _ in 0..<2 {
                let client = try await rig.connect(reads: false)
                try await client.send("go")
                try await rig.settle()
                try await client.startReading()
                let received = try await client.read("all") { $0.readSlice(length: much.readableBytes) }
                #expect(received == much)
                client.close()
            }
            try await rig.journal.wait("the end") { $0.ended == 2 }
        }
    }
}
