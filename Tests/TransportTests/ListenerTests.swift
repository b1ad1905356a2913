import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import NetworkAddresses
import SignalingTestKit
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct ListenerTests {
    private static let greets: Script = {
        $0.onOpened = { driver in
            driver.send("hello")
            driver.stream?.closeWhenSent()
        }
    }

    private static func visit(_ rig: Rig, at host: String = "127.0.0.1") async throws {
        let address = try SocketAddress(ipAddress: host, port: #require(rig.address.port))
        let client = try await rig.connect(to: address)
        let greeting = try await client.readToEnd()
        #expect(String(buffer: greeting) == "hello")
        client.close()
    }

    /// Visits a server that listens at `host`, and looks whom it takes its clients for.
    private static func peers(_ carrier: Carrier, at host: String, from clients: [String]) async throws -> [ClientAddress] {
        let peers = NIOLockedValueBox<[ClientAddress]>([])
        let script: Script = { driver in
            self.greets(driver)
            let greet = driver.onOpened
            driver.onOpened = { driver in
                if let peer = driver.stream?.peer { peers.withLockedValue { $0.append(peer) } }
                greet(driver)
            }
        }
        var options = Rig.Options()
        options.host = host
        try await Rig.run(carrier, options, script: script) { rig in
            #expect(rig.address.port.map { $0 > 0 } == true)
            for client in clients { try await Self.visit(rig, at: client) }
        }
        return peers.withLockedValue { $0 }
    }

    @Test(arguments: Carrier.allCases) func thePortIsTheSystemsChoiceAndPeersAreKnown(_ carrier: Carrier) async throws {
        let peers = try await Self.peers(carrier, at: "127.0.0.1", from: ["127.0.0.1"])
        #expect(peers == [.v4(0x7f00_0001)])
    }

    @Test(arguments: Carrier.allCases) func peersOfBothFamiliesAtOneListenerAreWhoTheyAre(_ carrier: Carrier) async throws {
        let peers = try await Self.peers(carrier, at: "::", from: ["127.0.0.1", "::1"])
        #expect(peers == [.v4(0x7f00_0001), .v6(high: 0, low: 1)])
    }

    @Test(arguments: Carrier.allCases) func anAddressThatIsTakenIsSaidToBe(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, script: Self.greets) { rig in
            var options = Rig.Options()
            options.port = try #require(rig.address.port)
            let error = await #expect(throws: (any Error).self) { try await Rig.run(carrier, options) { _ in } }
            #expect(error.map { "\($0)".contains("bind") && "\($0)".contains("Address already in use") } == true)
            // The one that was there first is none the worse.
            try await Self.visit(rig)
        }
    }

    @Test(arguments: Carrier.allCases) func afterTheListenerIsClosedNobodyGetsInAndConnectionsLiveOn(_ carrier: Carrier) async throws {
        try await Rig.run(carrier, loops: 2, script: { $0.onReceived = { driver, bytes in driver.send(bytes) } }) { rig in
            let client = try await rig.connect()
            _ = try await rig.driver(1)
            await rig.transport.closeListener()
            await #expect(throws: (any Error).self) { try await rig.connect() }
            try await client.send("ping")
            _ = try await client.read("echo") { $0.readString(length: 4) }
            await rig.transport.closeListener()
            await rig.transport.stop()
            try await client.readToEnd()
            #expect(rig.journal.pages.hasEnded(1))
        }
    }

    /// Nobody rests from accepting for ever, nor wakes for a listener that is closed.
    @Test(arguments: Carrier.plain) func aListenerMayBeClosedWhileItRests(_ carrier: Carrier) async throws {
        var options = Rig.Options()
        options.sockets = 1
        try await Rig.run(carrier, options) { rig in
            let client = try await rig.connect()
            _ = try await rig.driver(1)
            let waiting = try await rig.connect()
            try await rig.settle()
            await rig.transport.closeListener()
            try await waiting.readToEnd()
            client.close()
            try await rig.journal.wait("the end") { $0.ended == 1 }
            try await rig.settle()
            #expect(rig.journal.pages.count(.opened) == 1)
        }
    }
}
