import ByteStreams
import NIOCore
import SignalingTestKit
import Testing

/// What every `ByteStream` holds about what comes in, whatever carries it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StreamInputTests {
    private static let echoes: Script = { $0.onReceived = { driver, bytes in driver.send(bytes) } }

    @Test(arguments: Carrier.allCases) func aSilentClientsStreamIsOpenedAndCompletedOnce(_ carrier: Carrier) async throws {
        try await Rig.run(carrier) { rig in
            let client = try await rig.connect()
            try await rig.journal.wait("opened") { $0.events(1).count >= 2 }
            try await rig.settle()
            #expect(rig.journal.pages.events(1) == [.opened, .completed])
            client.close()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    @Test(arguments: Carrier.allCases) func eachReadIsCompletedAfterItsBytes(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, script: Self.echoes) { rig in
            let client = try await rig.connect()
            for word in ["one", "two", "three"] {
                try await client.send(word)
                let echo = try await client.read("echo") { $0.readString(length: word.utf8.count) }
                #expect(echo == word)
            }
            try await rig.settle()
            let events = rig.journal.pages.events(1)
            #expect(events.starts(with: [.opened]))
            #expect(events.last == .completed)
            #expect(rig.journal.pages.text(1) == "onetwothree")
            client.close()
        }
    }

    @Test(arguments: Carrier.allCases) func whatAClientSentBeforeItEndedIsHandedOnFirst(_ carrier: Carrier) async throws {
        let sent = ByteBuffer.pattern(700_001)
        try await Rig.run(carrier) { rig in
            let client = try await rig.connect()
            _ = client.enqueue(sent)
            try await client.endSending()
            let pages = try await rig.journal.wait("the end") { $0.hasEnded(1) }
            #expect(pages.bytes[1] == sent)
            #expect(pages.events(1).last == .ended(failed: false))
            #expect(pages.events(1).dropLast().last == .completed)
        }
    }

    @Test(arguments: Carrier.allCases) func bytesAndTheEndThatAreThereFromTheBeginningAreFound(_ carrier: Carrier) async throws {
        try await Rig.run(carrier) { rig in
            for number in 1...50 {
                let client = try await rig.connect()
                try await client.send("hello")
                client.close()
                try await rig.journal.wait("the end") { $0.ended == number }
                #expect(rig.journal.pages.text(number) == "hello")
            }
        }
    }

    /// The end is told without an error, and no client is waited for that reads slowly, unless the driver says so.
    @Test(arguments: Carrier.allCases) func theEndOfInputIsTheEnd(_ carrier: Carrier) async throws {
        let script: Script = { $0.onReceived = { driver, _ in driver.fill(with: .pattern(1_000_000)) } }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect(reads: false, receiveBuffer: 65_536)
            try await client.send("go")
            try await rig.journal.wait("the question") { $0.received(1) == 2 }
            try await client.endSending()
            try await rig.journal.wait("the end") { $0.events(1).last == .ended(failed: false) }
            client.close()
        }
    }

    // MARK: - Pauses

    private static let pausesAtEachRead: Script = { $0.onReceived = { driver, _ in driver.stream?.isReading = false } }

    @Test(arguments: Carrier.allCases) func whatComesDuringAPauseIsReadAfterIt(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, script: Self.pausesAtEachRead) { rig in
            let client = try await rig.connect()
            let driver = try await rig.driver(1)
            for round in 1...20 {
                try await client.send("x")
                if round > 1 {
                    try await rig.settle()
                    #expect(rig.journal.pages.received(1) == round - 1)
                    try await driver.run { $0.stream?.isReading = true }
                }
                try await rig.journal.wait("byte \(round)") { $0.received(1) == round }
            }
            client.close()
            // Some clients are seen to end only if that is read.
            try await driver.run { $0.stream?.isReading = true }
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    /// Before anything has come, too.
    @Test(arguments: Carrier.plain) func aStreamMayBePausedFromTheBeginning(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, script: { $0.onOpened = { $0.stream?.isReading = false } }) { rig in
            let client = try await rig.connect()
            try await client.send("hello")
            let driver = try await rig.driver(1)
            try await rig.settle()
            #expect(rig.journal.pages.events(1) == [.opened, .completed])
            try await driver.run { $0.stream?.isReading = true }
            try await rig.journal.wait("what was sent") { $0.text(1) == "hello" }
            client.close()
        }
    }

    /// What was read already is handed on; a flood that goes on is not.
    @Test(arguments: Carrier.allCases) func aPauseStopsAFlood(_ carrier: Carrier) async throws {
        let sent = ByteBuffer.pattern(8_000_000)
        try await Rig.run(carrier, script: Self.pausesAtEachRead) { rig in
            let client = try await rig.connect()
            let driver = try await rig.driver(1)
            let isSent = client.enqueue(sent)
            try await rig.journal.wait("the first bytes") { $0.received(1) > 0 }
            try await rig.settle()
            let received = rig.journal.pages.received(1)
            // Four reads at a time, of 64 KiB each at the most, and what TLS makes of them.
            #expect(received <= 4 * 65_536)
            try await rig.settle(rounds: 30)
            #expect(rig.journal.pages.received(1) == received)
            try await driver.run { driver in
                driver.onReceived = { _, _ in }
                driver.stream?.isReading = true
            }
            let pages = try await rig.journal.wait("the rest") { $0.received(1) == sent.readableBytes }
            #expect(pages.bytes[1] == sent)
            try await isSent.get()
            client.close()
        }
    }

    @Test(arguments: Carrier.allCases) func aPauseHoldsWithinAndBetweenReads(_ carrier: Carrier) async throws {
        let sent = ByteBuffer.pattern(1_000_000)
        let script: Script = {
            $0.onReceived = { driver, _ in
                driver.stream?.isReading = false
                // On again, but not before the others had their turn.
                driver.context.loop.execute { driver.act { $0.stream?.isReading = true } }
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect()
            try await client.send(sent)
            let pages = try await rig.journal.wait("all") { $0.received(1) == sent.readableBytes }
            #expect(pages.bytes[1] == sent)
            client.close()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    @Test(arguments: Carrier.allCases) func aPausedStreamIsToldOfTheEnd(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, script: Self.pausesAtEachRead) { rig in
            let client = try await rig.connect()
            try await client.send("first")
            try await rig.journal.wait("the first word") { $0.text(1) == "first" }
            try await client.send(", last words")
            try await client.endSending()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
            #expect(rig.journal.pages.text(1) == "first, last words")
        }
    }

    @Test(arguments: Carrier.allCases) func aPausedStreamIsToldThatItBroke(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, script: Self.pausesAtEachRead) { rig in
            let client = try await rig.connect()
            try await client.send("first")
            try await rig.journal.wait("the first word") { $0.text(1) == "first" }
            try await client.reset()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    // MARK: -

    @Test(arguments: Carrier.allCases) func aResetEndsTheStreamWithAnError(_ carrier: Carrier) async throws {
        try await Rig.run(carrier) { rig in
            for number in 1...20 {
                let client = try await rig.connect()
                try await client.send("before")
                try await rig.journal.wait("bytes") { $0.received(number) == 6 }
                try await client.reset()
                try await rig.journal.wait("the end") { $0.events(number).last == .ended(failed: true) }
            }
        }
    }

    @Test(arguments: Carrier.allCases) func aDriverMayKeepWhatItIsGiven(_ carrier: Carrier) async throws {
        let sent = ByteBuffer.pattern(300_000)
        try await Rig.run(carrier, script: { $0.onReceived = { driver, bytes in driver.kept.append(bytes) } }) { rig in
            let client = try await rig.connect()
            try await client.send(sent)
            try await rig.journal.wait("all") { $0.received(1) == sent.readableBytes }
            let driver = try await rig.driver(1)
            try await driver.run { driver in
                var all = ByteBuffer()
                for bytes in driver.kept { all.writeImmutableBuffer(bytes) }
                #expect(all == sent)
                driver.kept = []
            }
            client.close()
        }
    }

    @Test(arguments: Carrier.plain) func aFloodOfOneClientDoesNotStarveOthers(_ carrier: Carrier) async throws {
        let script: Script = { $0.onReceived = { driver, bytes in if bytes.readableBytes == 4 { driver.send(bytes) } } }
        try await Rig.run(carrier, script: script) { rig in
            let flooder = try await rig.connect()
            // 20 MB and more lie ready while the other asks.
            let flood = ByteBuffer(repeating: 0x61, count: 1 << 20)
            let floods = (0..<24).map { _ in flooder.enqueue(flood) }
            let client = try await rig.connect()
            for _ in 0..<20 {
                try await client.send("ping")
                _ = try await client.read("echo") { $0.readString(length: 4) }
            }
            for flood in floods { try await flood.get() }
            flooder.close()
            client.close()
        }
    }

    @Test(arguments: Carrier.plain) func aStreamWithMuchToReadLeavesTurnsToOthers(_ carrier: Carrier) async throws {
        var options = Rig.Options()
        options.firstRead = 1024
        try await Rig.run(carrier, options) { rig in
            let flooder = try await rig.connect()
            let driver = try await rig.driver(1)
            let client = try await rig.connect()
            _ = try await rig.driver(2)
            let flood = ByteBuffer(repeating: 0x61, count: 1 << 20)
            let sent = Outcome<EventLoopFuture<Void>>()
            try await rig.keepBusy(driver) {
                sent.set(flooder.enqueue(flood))
                // The kernel has taken what it can once the other's bytes are in behind it.
                try await client.send("ping")
            }
            let pages = try await rig.journal.wait("all") { $0.received(1) == 1 << 20 && $0.received(2) == 4 }
            let before = pages.entries.prefix { $0 != Journal.Entry(driver: 2, event: .received) }
            // 64 KiB a round: a read of as much, or the several that a buffer takes that begins small.
            #expect(before.count { $0 == Journal.Entry(driver: 1, event: .received) } <= 8)
            try await sent.current?.get()
            flooder.close()
            client.close()
            try await rig.journal.wait("the end") { $0.ended == 2 }
        }
    }
}
