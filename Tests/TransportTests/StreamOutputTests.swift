import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What every `ByteStream` holds about what goes out, whatever carries it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StreamOutputTests {
    /// More than any kernel takes at once.
    private static let much = ByteBuffer.pattern(8_000_000)

    private static func onReceived(_ act: @escaping @Sendable (ScriptedDriver) -> Void) -> Script {
        { $0.onReceived = { driver, _ in act(driver) } }
    }

    // MARK: - Writing

    @Test(arguments: Carrier.allCases) func nothingIsSentBeforeAFlushAndAllOfItWithOne(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onReceived = { driver, _ in for word in ["one ", "two ", "three"] { driver.stream?.write(ByteBuffer(string: word)) } }
            $0.onCompleted = { $0.stream?.flush() }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect()
            try await client.send("go")
            let received = try await client.read("all") { $0.readString(length: 13) }
            #expect(received == "one two three")
            let driver = try await rig.driver(1)
            try await driver.run { #expect($0.stream?.unsentBytes == 0) }
            client.close()
        }
    }

    @Test(arguments: Carrier.allCases) func aDriverIsToldWhenThereIsSpaceAgain(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onReceived = { driver, _ in driver.fill(with: Self.much) }
            $0.onWritable = { driver in
                driver.send("done")
                driver.stream?.closeWhenSent()
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            let driver = try await rig.driver(1)
            try await client.send("go")
            try await rig.journal.wait("the question") { $0.received(1) == 2 }
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

    /// What a call of its own brings about a driver sees for itself: `ScriptedDriver` holds that it is not told from within. Writes as these
    /// make a stream behind until they are flushed, which the socket takes as a whole as often as not.
    @Test(arguments: Carrier.allCases) func aDriverThatWritesIsNotToldFromWithin(_ carrier: Carrier) async throws {
        let part = ByteBuffer.pattern(100_000)
        let script: Script = {
            $0.onReceived = { driver, _ in
                for _ in 0..<3 {
                    driver.stream?.write(part)
                    driver.stream?.flush()
                }
                driver.stream?.write(part)
            }
            $0.onCompleted = { $0.stream?.flush() }
            $0.onWritable = { $0.send("") }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect()
            for _ in 0..<30 {
                try await client.send("x")
                let received = try await client.read("all") { $0.readSlice(length: 400_000) }
                #expect(received.readableBytes == 400_000)
            }
            client.close()
        }
    }

    /// Every way of being behind comes up: short writes, no space at all, space while registering.
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

    // MARK: - Ends

    /// Behind TLS this begins before the handshake.
    @Test(arguments: Carrier.allCases) func everythingBeforeACloseArrivesAndNothingAfter(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onOpened = { driver in
                driver.send(Self.much)
                driver.stream?.closeWhenSent()
                driver.send("too late")
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await SocketClient.connect(to: rig.address, options: Self.silent(carrier))
            try await rig.journal.wait("opened") { $0.events(1).contains(.completed) }
            try await rig.settle()
            #expect(!rig.journal.pages.hasEnded(1))
            try await client.startReading()
            let received = try await client.readToEnd()
            #expect(received == Self.much)
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    /// A client that reads nothing, not even what TLS has to say.
    private static func silent(_ carrier: Carrier) -> SocketClient.Options {
        var options = carrier.clientOptions()
        options.reads = false
        options.receiveBuffer = 65_536
        return options
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
            let client = try await SocketClient.connect(to: rig.address, options: Self.silent(carrier))
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

    /// The end of the output was on its way already.
    @Test(arguments: Carrier.allCases) func closingWhenSentAfterTheOutputLosesNothing(_ carrier: Carrier) async throws {
        let script = Self.onReceived { driver in
            driver.send(Self.much)
            driver.stream?.closeOutput()
            driver.stream?.closeWhenSent()
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            try await client.send("go")
            try await rig.journal.wait("the question") { $0.received(1) == 2 }
            try await rig.settle()
            #expect(!rig.journal.pages.hasEnded(1))
            try await client.startReading()
            let received = try await client.readToEnd()
            #expect(received == Self.much)
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    /// The output has ended; what was left of the connection ends too.
    @Test(arguments: Carrier.allCases) func closingWhenSentEndsWhatClosingTheOutputHasLeft(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onReceived = { driver, _ in
                driver.send("bye")
                driver.stream?.closeOutput()
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect()
            try await client.send("go")
            let received = try await client.readToEnd()
            #expect(String(buffer: received) == "bye")
            let driver = try await rig.driver(1)
            #expect(!rig.journal.pages.hasEnded(1))
            try await driver.run { $0.stream?.closeWhenSent() }
            #expect(rig.journal.pages.hasEnded(1))
        }
    }

    /// From within the call, where nothing holds it up.
    @Test(arguments: Carrier.allCases) func closingWhenNothingIsUnsentEndsAtOnce(_ carrier: Carrier) async throws {
        let journal = Outcome<Bool>()
        let script = Self.onReceived { driver in
            driver.stream?.write(ByteBuffer(string: "bye"))
            driver.stream?.closeWhenSent()
            journal.set(driver.journal.pages.hasEnded(1))
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect()
            try await client.send("go")
            let received = try await client.readToEnd()
            #expect(String(buffer: received) == "bye")
            let hasEnded = try await journal.value("the close")
            #expect(hasEnded)
        }
    }

    /// And what the socket has not taken may be lost.
    @Test(arguments: Carrier.allCases) func closingEndsAtOnce(_ carrier: Carrier) async throws {
        let hasEnded = Outcome<Bool>()
        let script = Self.onReceived { driver in
            driver.fill(with: Self.much)
            driver.stream?.close()
            hasEnded.set(driver.journal.pages.hasEnded(1))
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            try await client.send("go")
            let ended = try await hasEnded.value("the close")
            #expect(ended)
            try await client.startReading()
            let received = try await client.readToEnd()
            // TLS lets a client that reads in time have it.
            if carrier != .tls { #expect(received.readableBytes < Self.much.readableBytes) }
        }
    }

    /// How a driver says its last words to a client that has more to say itself: a socket that is closed with that unread is reset.
    @Test(arguments: Carrier.allCases) func lastWordsArriveIfInputIsReadOn(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onReceived = { driver, _ in
                driver.onReceived = { _, _ in }
                driver.send("last words")
                driver.stream?.closeOutput()
            }
        }
        let flood = ByteBuffer(repeating: 0x61, count: 4_000_000)
        try await Rig.run(carrier, script: script) { rig in
            for number in 1...5 {
                let client = try await rig.connect()
                let isSent = client.enqueue(flood)
                let received = try await client.readToEnd()
                #expect(String(buffer: received) == "last words")
                try await isSent.get()
                #expect(!rig.journal.pages.hasEnded(number))
                client.close()
                try await rig.journal.wait("the end") { $0.hasEnded(number) }
            }
        }
    }

    // MARK: - Clients that end

    /// As a client asks that has no more to ask.
    @Test(arguments: Carrier.plain) func whoSendsNothingMoreGetsWhatWasWrittenIfTheDriverWantsThat(_ carrier: Carrier) async throws {
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

    /// As an HTTP connection does whose response is yet to come: to a client that waits for it, and to one that has left.
    @Test(arguments: Carrier.plain, [true, false])
    func aStreamStaysOpenBehindTheEndOfInputIfTheDriverWantsThat(_ carrier: Carrier, isThere: Bool) async throws {
        let script: Script = { $0.staysOpenBehindInput = true }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect()
            try await client.send("later, please")
            if isThere { try await client.endSending() } else { client.close() }
            try await rig.journal.wait("the question") { $0.received(1) == 13 }
            try await rig.journal.wait("the end of input") { $0.events(1).contains(.inputEnded) }
            try await rig.settle()
            #expect(!rig.journal.pages.hasEnded(1))
            try await rig.driver(1).run { $0.send("one") }
            if isThere {
                try await rig.settle()
                #expect(!rig.journal.pages.hasEnded(1))
                try await rig.driver(1).run {
                    $0.send(", two")
                    $0.stream?.closeWhenSent()
                }
                #expect(String(buffer: try await client.readToEnd()) == "one, two")
            }
            // Whoever is not there resets the connection, of which the driver hears.
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
            #expect(rig.journal.pages.events(1).filter { $0 == .inputEnded }.count == 1)
        }
    }

    /// As an HTTP connection does that has said its last, to a client that has too.
    @Test(arguments: Carrier.plain) func andSoItDoesIfTheOutputIsEndingAlready(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.outlivesInput = true
            $0.onReceived = { driver, _ in
                driver.send(Self.much)
                driver.stream?.closeOutput()
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            try await client.send("all, please")
            try await rig.journal.wait("the question") { $0.received(1) == 11 }
            try await client.endSending()
            try await rig.settle()
            #expect(!rig.journal.pages.hasEnded(1))
            try await client.startReading()
            let received = try await client.readToEnd()
            #expect(received == Self.much)
            try await rig.journal.wait("the end") { $0.events(1).last == .ended(failed: false) }
        }
    }

    /// There both directions end together.
    @Test func behindTLSTheEndOfInputIsTheEndWhateverTheDriverWants() async throws {
        let script: Script = {
            $0.outlivesInput = true
            $0.onReceived = { driver, _ in driver.send(Self.much) }
        }
        try await Rig.run(.tls, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            try await client.send("go")
            try await rig.journal.wait("the question") { $0.received(1) == 2 }
            try await client.endSending()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
            client.close()
        }
    }

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
                if number.isMultiple(of: 2) {
                    try await client.reset()
                } else {
                    // Behind TLS a client that closes would wait for an end that a paused stream does not see.
                    if carrier == .tls { try await client.endSending() }
                    client.close()
                }
                try await rig.journal.wait("the end") { $0.hasEnded(number) }
            }
        }
    }

    /// What had come before is still handed on, and the driver is told nothing of it from within its own call.
    @Test(arguments: Carrier.allCases) func aWriteThatFailsEndsTheStreamAfterItsInput(_ carrier: Carrier) async throws {
        try await Rig.run(carrier) { rig in
            for number in 1...10 {
                let client = try await rig.connect()
                let driver = try await rig.driver(number)
                try await client.send("first, ")
                try await rig.journal.wait("the first word") { $0.received(number) == 7 }
                let writes: @Sendable (ScriptedDriver) -> Void = { driver in
                    // The reset may still be on its way: were all written at once, the kernel would be full before it is there.
                    let end = ContinuousClock.now + .seconds(20)
                    while driver.stream?.isWritable == true, ContinuousClock.now < end {
                        driver.send("into the void")
                        usleep(1000)
                    }
                    #expect(!driver.journal.pages.hasEnded(number))
                    #expect(driver.stream?.isWritable == false)
                    #expect(driver.stream?.unsentBytes == 0)
                }
                try await rig.keepBusy(driver, finally: writes) {
                    try await client.send("kept")
                    try await client.reset()
                }
                let pages = try await rig.journal.wait("the end") { $0.hasEnded(number) }
                #expect(pages.text(number) == "first, kept")
                #expect(pages.events(number).dropLast().last == .completed)
            }
        }
    }
}
