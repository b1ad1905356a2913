import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Testing

/// Drivers that do things to streams from within what they are told.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StreamReentrancyTests {
    enum Place: CaseIterable, Sendable { case opened, received, completed, writable, ended }

    private static let much = ByteBuffer.pattern(8_000_000)

    /// Has a driver act in this place; the client has to send something first, other than for `opened`.
    static func script(_ place: Place, _ act: @escaping @Sendable (ScriptedDriver) -> Void) -> Script {
        { driver in
            switch place {
            case .opened: driver.onOpened = act
            case .received: driver.onReceived = { driver, _ in act(driver) }
            case .completed:
                driver.onReceived = { driver, _ in driver.onCompleted = act }
            case .writable:
                driver.onReceived = { driver, _ in driver.fill(with: Self.much) }
                driver.onWritable = act
            case .ended: driver.onEnded = act
            }
        }
    }

    @Test(arguments: Carrier.allCases, Place.allCases) func aStreamMayBeClosedAnywhere(_ carrier: Carrier, _ place: Place) async throws {
        try await Rig.run(carrier, script: Self.script(place) { $0.stream?.close() }) { rig in
            for number in 1...5 {
                let client = try await rig.connect()
                try? await client.send("hello")
                if place == .ended { client.close() }
                try await rig.journal.wait("the end") { $0.hasEnded(number) }
                if place != .ended { try await client.readToEnd() }
            }
        }
    }

    @Test(arguments: Carrier.allCases, Place.allCases) func andSoMayAllOthers(_ carrier: Carrier, _ place: Place) async throws {
        let all = NIOLockedValueBox<[ScriptedDriver]>([])
        let script: Script = { driver in
            all.withLockedValue { $0.append(driver) }
            // The first one brings down the others, from the last on, and then itself.
            guard driver.number == 1 else { return }
            Self.script(place) { _ in
                for other in all.withLockedValue({ $0 }).reversed() {
                    let stream = other.stream
                    stream?.close()
                    stream?.isReading = true
                    stream?.write(ByteBuffer(string: "gone"))
                    stream?.flush()
                    stream?.closeOutput()
                    stream?.closeWhenSent()
                }
            }(driver)
        }
        try await Rig.run(carrier, script: script) { rig in
            var clients: [SocketClient] = []
            let first = try await rig.connect(reads: place != .writable, receiveBuffer: 65_536)
            if place != .opened {
                for _ in 0..<8 { clients.append(try await rig.connect()) }
                try await rig.journal.wait("all") { $0.count(.opened) == 9 }
            }
            for client in clients { try? await client.send("waiting") }
            try? await first.send("go")
            if place == .writable { try await first.startReading() }
            if place == .ended { first.close() }
            let count = clients.count + 1
            try await rig.journal.wait("the end") { $0.ended == count }
            for client in clients { try await client.readToEnd() }
        }
        all.withLockedValue { $0 = [] }
    }

    @Test(arguments: Carrier.allCases) func afterTheEndNothingDoesAnything(_ carrier: Carrier) async throws {
        let script: Script = {
            $0.onEnded = { driver in
                let stream = driver.stream?.stream
                #expect(stream?.isWritable == false)
                driver.send("late")
                stream?.isReading = false
                stream?.isReading = true
                stream?.closeOutput()
                stream?.closeWhenSent()
                stream?.close()
                let journal = driver.journal
                stream?.handOver(key: 7, unread: ByteBuffer(string: "x")) { ScriptedDriver(number: 99, context: $0, journal: journal) }
            }
        }
        try await Rig.run(carrier, script: script) { rig in
            let client = try await rig.connect()
            client.close()
            try await rig.journal.wait("the end") { $0.hasEnded(1) }
            try await rig.settle()
            #expect(rig.journal.pages.events(99) == [])
        }
    }
}
