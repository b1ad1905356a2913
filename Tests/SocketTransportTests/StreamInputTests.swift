import NIOCore
import SignalingRuntime
import SignalingTestKit
import Testing

/// What every `ByteStream` holds about what comes in, whatever carries it.
@Suite(.serialized, .timeLimit(.minutes(1))) struct StreamInputTests {
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
        try await Rig.run(carrier, script: { $0.onReceived = { driver, bytes in driver.send(bytes) } }) { rig in
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

    @Test(arguments: Carrier.allCases) func whatComesDuringAPauseIsReadAfterIt(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, script: { $0.onOpened = { $0.stream?.isReading = false } }) { rig in
            let client = try await rig.connect()
            let driver = try await rig.driver(1)
            for round in 1...20 {
                try await client.send("x")
                try await rig.settle()
                // NIO asks for one read before anybody can say no.
                if carrier != .channels { #expect(rig.journal.pages.received(1) == round - 1) }
                try await driver.run { $0.stream?.isReading = true }
                try await rig.journal.wait("byte \(round)") { $0.received(1) == round }
                try await driver.run { $0.stream?.isReading = false }
            }
            client.close()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
        }
    }

    @Test(arguments: Carrier.allCases) func aPauseHoldsWithinAndBetweenReads(_ carrier: Carrier) async throws {
        let sent = ByteBuffer.pattern(1_000_000)
        let script: Script = {
            $0.onReceived = { driver, _ in
                driver.stream?.isReading = false
                // On again, but not before the others had their turn.
                driver.loop.eventLoop.assumeIsolated().execute { driver.stream?.isReading = true }
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
        try await Rig.run(carrier, script: { $0.onOpened = { $0.stream?.isReading = false } }) { rig in
            let client = try await rig.connect()
            _ = try await rig.driver(1)
            try await client.send("last words")
            client.close()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
            #expect(rig.journal.pages.text(1) == "last words")
        }
    }

    @Test(arguments: Carrier.allCases) func aResetEndsTheStream(_ carrier: Carrier) async throws {
        try await Rig.run(carrier) { rig in
            for number in 1...20 {
                let client = try await rig.connect()
                try await client.send("before")
                try await rig.journal.wait("bytes") { $0.received(number) == 6 }
                try await client.reset()
                try await rig.journal.wait("the end") { $0.hasEnded(number) }
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

    @Test(arguments: Carrier.allCases) func aFloodOfOneClientDoesNotStarveOthers(_ carrier: Carrier) async throws {
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
}
