import NIOConcurrencyHelpers
import NIOCore
import SignalingRuntime
import SignalingTestKit
import Testing

#if os(Linux)
import Glibc

@testable import SocketTransport
#endif

/// What every `ByteStream` holds about what goes out, whatever carries it.
@Suite(.serialized, .timeLimit(.minutes(1))) struct StreamOutputTests {
    /// More than any kernel takes at once.
    private static let much = ByteBuffer.pattern(8_000_000)

    private static let sendsMuchAndCloses: Script = {
        $0.onOpened = { driver in
            driver.send(Self.much)
            driver.stream?.closeWhenSent()
            driver.send("too late")
        }
    }

    @Test(arguments: Carrier.allCases) func everythingBeforeACloseArrivesAndNothingAfter(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, script: Self.sendsMuchAndCloses) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            try await rig.journal.wait("opened") { $0.events(1).contains(.completed) }
            try await rig.settle()
            #expect(!rig.journal.pages.hasEnded(1))
            try await client.startReading()
            let received = try await client.readToEnd()
            #expect(received == Self.much)
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    @Test(arguments: Carrier.allCases) func afterOutputIsClosedInputIsReadOn(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onOpened = { driver in
                driver.send(Self.much)
                driver.stream?.closeOutput()
                driver.send("too late")
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false)
            try await rig.journal.wait("opened") { $0.events(1).contains(.completed) }
            try await client.startReading()
            let received = try await client.readToEnd()
            #expect(received == Self.much)
            try await client.send("still here")
            try await rig.journal.wait("input") { $0.text(1) == "still here" }
            #expect(!rig.journal.pages.hasEnded(1))
            client.close()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    @Test(arguments: Carrier.allCases) func aDriverIsToldWhenThereIsRoomAgain(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onOpened = { driver in
                while driver.stream?.isWritable == true { driver.send(Self.much) }
            }
            $0.onWritable = { driver in
                #expect(driver.stream?.isWritable == true)
                driver.send("done")
                driver.stream?.closeWhenSent()
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            let driver = try await rig.driver(1)
            try await driver.run {
                #expect($0.stream?.isWritable == false)
                #expect($0.stream.map { $0.unsentBytes > 0 } == true)
            }
            #expect(!rig.journal.pages.events(1).contains(.writable))
            try await client.startReading()
            let received = try await client.readToEnd()
            #expect(received.getString(at: received.writerIndex - 4, length: 4) == "done")
            #expect(rig.journal.pages.events(1).count { $0 == .writable } == 1)
        }
    }

    /// Every way of being behind comes up: short writes, no room at all, room while registering.
    @Test(arguments: Carrier.allCases) func aClientThatReadsInFitsMissesNothing(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onReceived = { driver, bytes in driver.send(bytes) }
            $0.onCompleted = { driver in if driver.stream?.isWritable == false { driver.stream?.isReading = false } }
            $0.onWritable = { driver in driver.stream?.isReading = true }
        }
        let sent = ByteBuffer.pattern(3_000_000)
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 8192)
            _ = client.enqueue(sent)
            for _ in 0..<100 {
                try await client.startReading()
                try await client.stopReading()
            }
            try await client.startReading()
            let received = try await client.read("all") { $0.readSlice(length: sent.readableBytes) }
            #expect(received == sent)
            client.close()
        }
    }

    /// As a client asks that has no more to ask.
    @Test(arguments: Carrier.allCases) func whoSendsNothingMoreGetsWhatWasWrittenIfTheDriverWantsThat(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.outlivesInput = true
            $0.onReceived = { driver, _ in driver.send(Self.much) }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            try await client.send("all, please")
            try await client.endSending()
            try await rig.journal.wait("the question") { $0.received(1) == 11 }
            try await rig.settle()
            // As the driver may when the server is told to stop.
            try await rig.driver(1).run { $0.stream?.closeOutput() }
            #expect(!rig.journal.pages.hasEnded(1))
            try await client.startReading()
            let received = try await client.readToEnd()
            #expect(received == Self.much)
            try await rig.journal.wait("the end") { $0.events(1).last == .ended(failed: false) }
        }
    }

    #if os(Linux)
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
            let storage = (driver.stream as? SocketStream)?.output.storageCapacity ?? .max
            largest.withLockedValue { $0 = max($0, storage) }
        }
        let script: Script = {
            $0.onOpened = { driver in
                // Less than what waits: it takes a part each time.
                var size: CInt = 16 * 1024
                let descriptor = (driver.stream as? SocketStream)?.descriptor ?? -1
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
    #endif

    @Test(arguments: Carrier.allCases) func aClientThatIsGoneEndsAStreamThatWrites(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onReceived = { driver, _ in
                driver.stream?.isReading = false
                driver.send(Self.much)
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            for number in 1...10 {
                let client = try await rig.connect(reads: false)
                try await client.send("go")
                try await rig.journal.wait("start") { $0.received(number) == 2 }
                if number.isMultiple(of: 2) { try await client.reset() } else { client.close() }
                try await rig.journal.wait("the end") { $0.hasEnded(number) }
            }
        }
    }

    /// What had come before is still handed on, and the driver is not ended within its own call.
    @Test(arguments: Carrier.allCases) func aWriteThatFailsEndsTheStreamAfterItsInput(_ carrier: Carrier) async throws {
        try await Rig.run(carrier) { rig in
            let client = try await rig.connect()
            let driver = try await rig.driver(1)
            let writes: @Sendable (ScriptedDriver) -> Void = { driver in
                for _ in 0..<3 { driver.send("into the void") }
                if carrier != .channels { #expect(!driver.journal.pages.hasEnded(1)) }
            }
            try await rig.keepBusy(driver, finally: writes) {
                try await client.send("kept")
                try await client.reset()
            }
            let pages = try await rig.journal.wait("the end") { $0.hasEnded(1) }
            if carrier != .channels {
                #expect(pages.text(1) == "kept")
                #expect(pages.events(1).suffix(2) == [.completed, .ended(failed: true)])
            }
        }
    }
}
