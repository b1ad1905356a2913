import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Testing

/// Another driver goes on: here, or on another loop.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HandOverTests {
    /// The rig, for scripts that make further drivers.
    private final class Later: Sendable {
        private let rig = NIOLockedValueBox<Rig?>(nil)
        func set(_ rig: Rig?) { self.rig.withLockedValue { $0 = rig } }

        @Sendable func handOver(_ driver: ScriptedDriver, key: UInt64?, unread: ByteBuffer = ByteBuffer(), _ script: @escaping Script) {
            guard let rig = self.rig.withLockedValue({ $0 }) else { return }
            driver.handOver(key: key, unread: unread) { rig.driver($0, script) }
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

    @Test(arguments: Carrier.allCases, [UInt64?.none, 0, 1, 2]) func theNextDriverGetsWhatIsUnreadAndTheRest(
        _ carrier: Carrier, _ key: UInt64?
    )
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

    @Test(arguments: Carrier.allCases) func withoutAKeyItStaysOnItsLoop(_ carrier: Carrier) async throws {
        let script: @Sendable (Later) -> Script = { later in
            {
                $0.onReceived = { driver, bytes in
                    let loop = driver.context.loop
                    later.handOver(driver, key: nil, unread: bytes) {
                        $0.onReceived = { driver, _ in driver.send(driver.context.loop === loop ? "same" : "else") }
                    }
                }
            }
        }
        try await Self.run(carrier, loops: 3, script: script) { rig in
            for _ in 0..<20 {
                let client = try await rig.connect()
                try await client.send("where?")
                #expect(try await client.read("the answer") { $0.readString(length: 4) } == "same")
                client.close()
            }
        }
    }

    @Test(arguments: Carrier.allCases, StreamReentrancyTests.Place.allCases.dropLast())
    func aStreamMayBeHandedOverAnywhere(_ carrier: Carrier, _ place: StreamReentrancyTests.Place) async throws {
        let script: @Sendable (Later) -> Script = { later in
            StreamReentrancyTests.script(place) { later.handOver($0, key: UInt64($0.number), Self.echoes) }
        }
        try await Self.run(carrier, loops: 2, script: script) { rig in
            for round in 0..<6 {
                let client = try await rig.connect()
                let new = 2 * round + 2
                if place != .opened { try await client.send("x") }
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

    /// Each of three drivers passes the stream on as soon as it is opened, before it is given what its predecessor left.
    @Test(arguments: Carrier.allCases) func whatIsUnreadGoesAlongTheWholeWay(_ carrier: Carrier) async throws {
        let script: @Sendable (Later) -> Script = { later in
            {
                $0.onReceived = { driver, bytes in
                    later.handOver(driver, key: 1, unread: bytes) {
                        $0.onOpened = { driver in
                            later.handOver(driver, key: 1) { $0.onOpened = { later.handOver($0, key: 2, Self.echoes) } }
                        }
                    }
                }
            }
        }
        try await Self.run(carrier, loops: 3, script: script) { rig in
            for _ in 0..<6 {
                let client = try await rig.connect()
                try await client.send("first, ")
                let first = try await client.read("echo") { $0.readString(length: 7) }
                #expect(first == "first, ")
                try await client.send("second")
                let second = try await client.read("echo") { $0.readString(length: 6) }
                #expect(second == "second")
                client.close()
            }
        }
    }

    /// A stream that changes drivers, and loops where it can, at every read, while bytes keep coming and going.
    @Test(arguments: Carrier.plain) func nothingIsLostOnTheWay(_ carrier: Carrier) async throws {
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
        try await Self.run(carrier, loops: 3, script: wanders) { rig in
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

    /// Unless it is writable when the new driver is opened, that one is told when it is.
    @Test(arguments: Carrier.allCases, [UInt64(0), 1]) func theNextDriverIsToldWhenThereIsSpace(_ carrier: Carrier, _ key: UInt64)
        async throws
    {
        let script: @Sendable (Later) -> Script = { later in
            {
                $0.onReceived = { driver, _ in
                    driver.fill(with: .pattern(4_000_000))
                    later.handOver(driver, key: key) {
                        $0.onOpened = { #expect($0.stream?.isWritable == false) }
                        $0.onWritable = { $0.send("done") }
                    }
                }
            }
        }
        try await Self.run(carrier, loops: 2, script: script) { rig in
            for round in 1...2 {
                let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
                try await client.send("go")
                try await rig.journal.wait("the new one") { $0.events(2 * round).contains(.completed) }
                try await client.startReading()
                try await client.read("the last") { buffer in
                    guard buffer.getString(at: buffer.writerIndex - 4, length: 4) == "done" else { return Void?.none }
                    return ()
                }
                client.close()
            }
        }
    }

    /// It is said before the stream leaves that it is to end when all is sent.
    @Test(arguments: Carrier.allCases, [UInt64(0), 1]) func anEndThatIsDueGoesAlong(_ carrier: Carrier, _ key: UInt64) async throws {
        let much = ByteBuffer.pattern(4_000_000)
        let script: @Sendable (Later) -> Script = { later in
            {
                $0.onReceived = { driver, _ in
                    driver.send(much)
                    driver.stream?.closeWhenSent()
                    later.handOver(driver, key: key) { $0.onOpened = { $0.send("too late") } }
                }
            }
        }
        try await Self.run(carrier, loops: 2, script: script) { rig in
            for round in 1...4 {
                let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
                try await client.send("go")
                // Half of them read at once: then the last is sent on the way.
                if round > 2 { try await rig.journal.wait("the new one") { $0.events(2 * round).contains(.completed) } }
                try await client.startReading()
                let received = try await client.readToEnd()
                #expect(received == much)
                try await rig.journal.wait("the end") { $0.hasEnded(2 * round) }
            }
        }
    }

    /// All is sent when the stream arrives, and nothing but its end is left.
    @Test(arguments: Carrier.allCases, [UInt64(0), 1]) func anEndThatComesDueOnTheWayIsNotForgotten(_ carrier: Carrier, _ key: UInt64)
        async throws
    {
        let much = ByteBuffer.pattern(4_000_000)
        let box = Later()
        let script: @Sendable (Later) -> Script = { _ in
            {
                $0.onReceived = { driver, _ in
                    driver.send(much)
                    driver.stream?.closeWhenSent()
                }
            }
        }
        try await Self.run(carrier, loops: 2, script: script) { rig in
            box.set(rig)
            for round in 1...4 {
                let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
                try await client.send("go")
                let driver = try await rig.driver(2 * round - 1)
                try await rig.journal.wait("the question") { $0.received(2 * round - 1) == 2 }
                // The kernel has taken the rest before the loop comes to hear that it may.
                try await rig.keepBusy(driver, finally: { box.handOver($0, key: key) { _ in } }) {
                    try await client.startReading()
                    try await client.read("what the kernel had") { $0.readableBytes > 100_000 ? () : Void?.none }
                }
                let received = try await client.readToEnd()
                #expect(received == much)
                try await rig.journal.wait("the end") { $0.hasEnded(2 * round) }
            }
        }
        box.set(nil)
    }

    @Test(arguments: Carrier.allCases, [UInt64(0), 1]) func aPauseGoesAlong(_ carrier: Carrier, _ key: UInt64) async throws {
        let script: @Sendable (Later) -> Script = { later in
            {
                $0.onReceived = { driver, _ in
                    driver.stream?.isReading = false
                    later.handOver(driver, key: key) { $0.onOpened = { #expect($0.stream?.isReading == false) } }
                }
            }
        }
        try await Self.run(carrier, loops: 2, script: script) { rig in
            for round in 1...2 {
                let client = try await rig.connect()
                try await client.send("go")
                let driver = try await rig.driver(2 * round)
                try await client.send("more")
                try await rig.settle(rounds: 10)
                #expect(rig.journal.pages.received(2 * round) == 0)
                try await driver.run { $0.stream?.isReading = true }
                try await rig.journal.wait("the rest") { $0.text(2 * round) == "more" }
                client.close()
            }
        }
    }

    /// The loop has not heard of it yet, so nobody can have told the old driver.
    @Test(arguments: Carrier.allCases, [UInt64(0), 1]) func theNextDriverIsToldThatTheConnectionBroke(_ carrier: Carrier, _ key: UInt64)
        async throws
    {
        let box = Later()
        try await Self.run(carrier, loops: 2, script: { _ in { _ in } }) { rig in
            box.set(rig)
            for round in 1...6 {
                let client = try await rig.connect()
                let driver = try await rig.driver(2 * round - 1)
                try await client.send("x")
                try await rig.journal.wait("the first word") { $0.received(2 * round - 1) == 1 }
                let handsOver: @Sendable (ScriptedDriver) -> Void = { driver in
                    // Whether the stream knows of it already or not.
                    if round.isMultiple(of: 2) { driver.send("into the void") }
                    box.handOver(driver, key: key) { _ in }
                }
                try await rig.keepBusy(driver, finally: handsOver) {
                    try await client.send("kept")
                    try await client.reset()
                }
                let pages = try await rig.journal.wait("the end") { $0.hasEnded(2 * round) }
                #expect(pages.text(2 * round) == "kept")
                #expect(!pages.hasEnded(2 * round - 1))
            }
        }
        box.set(nil)
    }
}
