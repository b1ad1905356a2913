#if os(Linux)
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SocketTransport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct AcceptTests {
    private static let echoes: Script = { $0.onReceived = { driver, bytes in driver.send(bytes) } }

    @Test(arguments: [1, 2, 4]) func aFullServerGoesOnWhenAConnectionCloses(_ loops: Int) async throws {
        try await Rig.run(.sockets, loops: loops, sockets: 2, script: Self.echoes) { rig in
            var clients: [SocketClient] = []
            for _ in 0..<2 { clients.append(try await rig.connect()) }
            try await rig.journal.wait("the first two") { $0.count(.opened) == 2 }
            for _ in 0..<6 { clients.append(try await rig.connect()) }
            try await rig.settle()
            #expect(rig.journal.pages.count(.opened) == 2)
            for (index, client) in clients.enumerated() {
                client.close()
                try await rig.journal.wait("the next") { $0.ended >= index + 1 && $0.count(.opened) >= min(8, index + 3) }
            }
        }
    }

    /// Loops that are full, rest, and are told of room by each other, as fast as it goes: a wake-up lost is a client that waits for ever.
    @Test func aCrowdAtAFullServerIsServedToTheLast() async throws {
        try await Rig.run(.sockets, loops: 3, sockets: 2, script: Self.echoes) { rig in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<50 {
                            let client = try await rig.connect()
                            try await client.send("ping")
                            let echo = try await client.read("echo") { $0.readString(length: 4) }
                            #expect(echo == "ping")
                            client.close()
                        }
                    }
                }
                try await group.waitForAll()
            }
            // As many at once as loops can be wrong about.
            try await rig.journal.wait("the end") { $0.ended == 400 }
        }
    }

    @Test func whoeverWaitsForSomethingCostsNothing() async throws {
        let script: Script = { driver in
            driver.onOpened = { driver in
                driver.stream?.isReading = false
                if driver.number == 2 { driver.send(ByteBuffer.pattern(8_000_000)) }
                if driver.number == 3 { driver.stream?.closeOutput() }
            }
        }
        try await Rig.run(.sockets, sockets: 3, script: script) { rig in
            var clients: [SocketClient] = []
            for number in 1...3 {
                clients.append(try await rig.connect(reads: false, receiveBuffer: 65_536))
                _ = try await rig.driver(number)
            }
            // Unread input at paused streams, one that is behind and one that is half closed, and a client that nobody may accept.
            for client in clients { try await client.send("unread") }
            clients.append(try await rig.connect())
            try await rig.settle()
            let driver = try await rig.driver(1)
            let before = try await driver.loop.eventLoop.submit { Self.cpuTime() }.get()
            // Time has to pass for time to be wasted.
            try await Task.sleep(for: .milliseconds(200))
            let used = try await driver.loop.eventLoop.submit { Self.cpuTime() }.get() - before
            #expect(used < 20_000_000)
            for client in clients { client.close() }
            try await rig.journal.wait("the end") { $0.ended == 4 }
        }
    }

    /// Of the calling thread, in nanoseconds.
    private static func cpuTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Within one batch of events: the first closes a stream for which the last is meant, and a client in between is given its descriptor.
    @Test func anEventForAClosedStreamIsNotTheNextOnes() async throws {
        let victim = NIOLockedValueBox<ScriptedDriver?>(nil)
        let script: Script = { driver in
            switch driver.number % 3 {
            case 1: driver.onReceived = { _, _ in victim.withLockedValue { $0 }?.stream?.close() }
            case 2: victim.withLockedValue { $0 = driver }
            default: driver.onOpened = { $0.stream?.isReading = false }
            }
        }
        try await Rig.run(.sockets, script: script) { rig in
            // Others in this process take descriptors too, so it does not come about each time.
            for round in 0..<30 {
                let first = try await rig.connect()
                let driver = try await rig.driver(3 * round + 1)
                let second = try await rig.connect()
                _ = try await rig.driver(3 * round + 2)
                let third = NIOLockedValueBox<SocketClient?>(nil)
                try await rig.keepBusy(driver) {
                    try await first.send("close the other")
                    let client = try await rig.connect()
                    try await client.send("not to be read")
                    try await second.endSending()
                    third.withLockedValue { $0 = client }
                }
                try await rig.journal.wait("the new one") { $0.events(3 * round + 3).contains(.completed) }
                try await rig.settle()
                #expect(rig.journal.pages.hasEnded(3 * round + 2))
                #expect(rig.journal.pages.events(3 * round + 3) == [.opened, .completed])
                for client in [first, second, third.withLockedValue { $0 }] { client?.close() }
                try await rig.journal.wait("the end") { $0.ended == 3 * round + 3 }
            }
        }
        victim.withLockedValue { $0 = nil }
    }

    @Test func aStreamWithMuchToReadLeavesTurnsToOthers() async throws {
        try await Rig.run(.sockets, firstRead: 1024, script: { $0.onReceived = { _, _ in } }) { rig in
            let flooder = try await rig.connect()
            let driver = try await rig.driver(1)
            let client = try await rig.connect()
            _ = try await rig.driver(2)
            let flood = ByteBuffer(repeating: 0x61, count: 1 << 20)
            let sent = NIOLockedValueBox<EventLoopFuture<Void>?>(nil)
            try await rig.keepBusy(driver) {
                let future = flooder.enqueue(flood)
                sent.withLockedValue { $0 = future }
                // The kernel has taken what it can once the other's bytes are in behind it.
                try await client.send("ping")
            }
            let pages = try await rig.journal.wait("all") { $0.received(1) == 1 << 20 && $0.received(2) == 4 }
            let before = pages.entries.prefix { $0 != Journal.Entry(driver: 2, event: .received) }
            #expect(before.count { $0 == Journal.Entry(driver: 1, event: .received) } <= 4)
            try await sent.withLockedValue { $0 }?.get()
            flooder.close()
            client.close()
            try await rig.journal.wait("the end") { $0.ended == 2 }
        }
    }

    @Test func readsGoIntoOneBuffer() async throws {
        let addresses = NIOLockedValueBox<Set<UInt>>([])
        let script: Script = {
            $0.onReceived = { driver, bytes in
                bytes.withUnsafeReadableBytes { bytes in _ = addresses.withLockedValue { $0.insert(UInt(bitPattern: bytes.baseAddress)) } }
                driver.send(bytes)
            }
        }
        try await Rig.run(.sockets, script: script) { rig in
            for _ in 0..<3 {
                let client = try await rig.connect()
                for _ in 0..<5 {
                    try await client.send("ping")
                    _ = try await client.read("echo") { $0.readString(length: 4) }
                }
                client.close()
            }
        }
        // The buffer is made at the first read, and what is written is sent before the next one.
        #expect(addresses.withLockedValue { $0.count } == 1)
    }
}
#endif
