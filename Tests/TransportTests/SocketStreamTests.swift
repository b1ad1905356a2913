#if os(Linux)
import ByteStreams
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Testing

@testable import SocketTransport

/// What plain sockets hold beyond the contract.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SocketStreamTests {
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

    /// What waits is never all taken at once, so the storage is never empty.
    @Test func aStreamThatIsAlwaysBehindStaysSmall() async throws {
        let largest = NIOLockedValueBox(0)
        let sent = NIOLockedValueBox(0)
        let part = ByteBuffer.pattern(65_536)
        let all = 400
        let fill: @Sendable (ScriptedDriver) -> Void = { driver in
            while driver.stream?.isWritable == true, sent.withLockedValue({ $0 }) < all {
                driver.send(part)
                sent.withLockedValue { $0 += 1 }
            }
            let storage = (driver.stream?.stream as? SocketStream)?.output.storageCapacity ?? .max
            largest.withLockedValue { $0 = max($0, storage) }
        }
        let script: Script = {
            $0.onOpened = { driver in
                // Less than what waits: it takes a part each time.
                var size: CInt = 16 * 1024
                let descriptor = (driver.stream?.stream as? SocketStream)?.descriptor ?? -1
                #expect(setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size)) == 0)
                fill(driver)
            }
            $0.onWritable = fill
        }
        try await Rig.run(.sockets, script: script) { rig in
            let client = try await rig.connect(receiveBuffer: 16_384)
            let received = try await client.read("all") { $0.readSlice(length: all * part.readableBytes) }
            #expect(received.readableBytes == all * part.readableBytes)
            #expect(largest.withLockedValue { $0 } <= 1 << 20)
            client.close()
        }
    }

    /// The first frames behind an upgrade go out with its response: a hand-over sends nothing by itself.
    @Test func whatIsNotFlushedWaitsForTheNextDriverToFlush() async throws {
        let rigs = NIOLockedValueBox<Rig?>(nil)
        let script: Script = {
            $0.onReceived = { driver, _ in
                driver.stream?.write(ByteBuffer(string: "response, "))
                guard let rig = rigs.withLockedValue({ $0 }) else { return }
                driver.handOver(key: UInt64(driver.number)) { rig.driver($0) { _ in } }
            }
        }
        var options = Rig.Options()
        options.loops = 2
        try await Rig.run(.sockets, options, script: script) { rig in
            rigs.withLockedValue { $0 = rig }
            for round in 1...2 {
                let client = try await rig.connect()
                try await client.send("upgrade")
                let driver = try await rig.driver(2 * round)
                try await rig.settle()
                #expect(client.unreadBytes == 0)
                try await driver.run { $0.send("frames") }
                let received = try await client.read("both") { $0.readString(length: 16) }
                #expect(received == "response, frames")
                client.close()
            }
        }
        rigs.withLockedValue { $0 = nil }
    }
}
#endif
