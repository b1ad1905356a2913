#if os(Linux)
import NetworkAddresses
import NIOConcurrencyHelpers
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SocketTransport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct ListenerTests {
    /// Loops that listen at an address, and the peers that connections there are said to have.
    private static func run(
        _ host: String, port: Int = 0, _ test: (SocketAddress, NIOLockedValueBox<[ClientAddress]>) async throws -> Void
    ) async throws {
        let loops = try SocketLoops.forTests(count: 1)
        let peers = NIOLockedValueBox<[ClientAddress]>([])
        do {
            let bound = try await loops.listen(host, port: port) {
                $0.onOpened = { driver in
                    if let peer = driver.stream?.peer { peers.withLockedValue { $0.append(peer) } }
                    driver.send("hello")
                    driver.stream?.closeWhenSent()
                }
            }
            try await test(bound, peers)
        } catch {
            await loops.stop()
            throw error
        }
        await loops.stop()
    }

    private static func visit(_ address: SocketAddress) async throws {
        let client = try await SocketClient.connect(to: address)
        let greeting = try await client.readToEnd()
        #expect(String(buffer: greeting) == "hello")
        client.close()
    }

    @Test func thePortIsTheSystemsChoiceAndPeersAreKnown() async throws {
        try await Self.run("127.0.0.1") { address, peers in
            #expect(address.port.map { $0 > 0 } == true)
            try await Self.visit(address)
            #expect(peers.withLockedValue { $0 } == [.v4(0x7f00_0001)])
        }
    }

    @Test func peersOfBothFamiliesAtOneListenerAreWhoTheyAre() async throws {
        try await Self.run("::") { address, peers in
            let port = try #require(address.port)
            try await Self.visit(SocketAddress(ipAddress: "127.0.0.1", port: port))
            try await Self.visit(SocketAddress(ipAddress: "::1", port: port))
            #expect(peers.withLockedValue { $0 } == [.v4(0x7f00_0001), .v6(high: 0, low: 1)])
        }
    }

    @Test func anAddressThatIsTakenIsSaidToBe() async throws {
        try await Self.run("127.0.0.1") { address, _ in
            let error = await #expect(throws: SystemCallError.self) {
                try await Self.run("127.0.0.1", port: #require(address.port)) { _, _ in }
            }
            #expect(error.map { "\($0)" } == "bind: Address already in use")
            // The one that was there first is none the worse.
            try await Self.visit(address)
        }
    }

    @Test func afterTheListenerIsClosedNobodyGetsInAndConnectionsLiveOn() async throws {
        let loops = try SocketLoops.forTests(count: 2)
        let journal = Journal()
        let address = try await loops.listen(journal: journal) { $0.onReceived = { driver, bytes in driver.send(bytes) } }
        let client = try await SocketClient.connect(to: address)
        try await journal.wait("opened") { $0.count(.opened) == 1 }
        await loops.closeListener()
        await #expect(throws: (any Error).self) { try await SocketClient.connect(to: address) }
        try await client.send("ping")
        _ = try await client.read("echo") { $0.readString(length: 4) }
        await loops.closeListener()
        await loops.stop()
        try await client.readToEnd()
        #expect(journal.pages.events(1).last == .ended(failed: false))
    }
}
#endif
