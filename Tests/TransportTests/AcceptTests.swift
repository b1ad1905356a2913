import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Testing

/// Full servers, and servers that cannot accept.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AcceptTests {
    private static let echoes: Script = { $0.onReceived = { driver, bytes in driver.send(bytes) } }

    @Test(arguments: Carrier.allCases, [1, 2, 4]) func aFullServerGoesOnWhenAConnectionCloses(_ carrier: Carrier, _ loops: Int) async throws
    {
        var options = Rig.Options()
        options.loops = loops
        options.sockets = 2
        try await Rig.run(carrier, options, script: Self.echoes) { rig in
            var clients: [SocketClient] = []
            for _ in 0..<2 { clients.append(try await rig.connect()) }
            try await rig.journal.wait("the first two") { $0.count(.opened) == 2 }
            for _ in 0..<6 { clients.append(try await rig.connect()) }
            try await rig.settle()
            #expect(rig.journal.pages.count(.opened) == 2)
            #expect(rig.accepting.open == 2)
            for (index, client) in clients.enumerated() {
                // Behind TLS it would wait for an end that nobody tells who has not accepted it.
                if carrier == .tls { try await client.reset() } else { client.close() }
                try await rig.journal.wait("the next") { $0.ended >= index + 1 && $0.count(.opened) >= min(8, index + 3) }
            }
        }
    }

    /// Clients that nobody has accepted come all at once, and no more of them get in than may.
    @Test(arguments: Carrier.plain) func noMoreGetInThanMay(_ carrier: Carrier) async throws {
        var options = Rig.Options()
        options.sockets = 3
        try await Rig.run(carrier, options) { rig in
            let first = try await rig.connect()
            let driver = try await rig.driver(1)
            let clients = NIOLockedValueBox<[SocketClient]>([])
            try await rig.keepBusy(driver) {
                for _ in 0..<20 {
                    let client = try await rig.connect()
                    clients.withLockedValue { $0.append(client) }
                }
            }
            try await rig.journal.wait("the others") { $0.count(.opened) >= 3 }
            try await rig.settle()
            #expect(rig.journal.pages.count(.opened) == 3)
            for client in [first] + clients.withLockedValue({ $0 }) { client.close() }
            try await rig.journal.wait("the end") { $0.ended == 21 }
        }
    }

    /// Loops that are full, rest, and are told of space by each other, as fast as it goes: a wake-up lost is a client that waits for ever.
    @Test(arguments: Carrier.plain) func aCrowdAtAFullServerIsServedToTheLast(_ carrier: Carrier) async throws {
        let most = NIOLockedValueBox(0)
        let policy = NIOLockedValueBox<AcceptPolicy?>(nil)
        let script: Script = { driver in
            let open = policy.withLockedValue { $0 }?.open ?? 0
            most.withLockedValue { $0 = max($0, open) }
            driver.onReceived = { driver, bytes in driver.send(bytes) }
        }
        var options = Rig.Options()
        options.loops = 3
        options.sockets = 2
        try await Rig.run(carrier, options, script: script) { rig in
            policy.withLockedValue { $0 = rig.accepting }
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
            try await rig.journal.wait("the end") { $0.ended == 400 }
        }
        // Each of three loops can take the last place for its own; of channels one loop accepts.
        #expect(most.withLockedValue { $0 } <= (carrier.isSockets ? 4 : 2))
    }

    /// CPU time, as whoever wakes without end takes it all.
    @Test(arguments: Carrier.plain) func whoeverWaitsForSomethingCostsNothing(_ carrier: Carrier) async throws {
        let script: Script = { driver in
            driver.onOpened = { driver in
                driver.stream?.isReading = false
                if driver.number == 2 { driver.send(ByteBuffer.pattern(8_000_000)) }
                if driver.number == 3 { driver.stream?.closeOutput() }
            }
        }
        var options = Rig.Options()
        options.sockets = 3
        try await Rig.run(carrier, options, script: script) { rig in
            var clients: [SocketClient] = []
            for number in 1...3 {
                clients.append(try await rig.connect(reads: false, receiveBuffer: 65_536))
                _ = try await rig.driver(number)
            }
            // Unread input at paused streams, one that is behind and one that is half closed, and a client that nobody may accept.
            for client in clients { try await client.send("unread") }
            clients.append(try await rig.connect())
            try await rig.settle()
            try await rig.expectIdleLoops()
            for client in clients { client.close() }
            try await rig.journal.wait("the end") { $0.ended == 4 }
        }
    }
}
