import ByteStreams
import CPortableSockets
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

/// Listening sockets that come from elsewhere, and that others have too.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ListeningSocketTests {
    private static func open() throws -> ListeningSocket { try .open(SocketAddress(ipAddress: "127.0.0.1", port: 0)) }

    private static func listen(_ transport: any Transport, on socket: ListeningSocket, _ journal: Journal) async throws {
        try await transport.listen(on: socket) { context in
            let driver = ScriptedDriver(number: 1, context: context, journal: journal)
            driver.onReceived = { driver, bytes in driver.send(bytes) }
            return driver
        }
    }

    private static func canConnect(to address: SocketAddress) async -> Bool {
        guard let client = try? await SocketClient.connect(to: address) else { return false }
        client.close()
        return true
    }

    private static func expectEcho(_ client: SocketClient) async throws {
        try await client.send("ping")
        _ = try await client.read("the echo") { $0.readString(length: 4) }
    }

    /// One transport stops accepting and another begins: what came in between waits, and what was there before stays where it is.
    @Test(arguments: Carrier.allCases) func whoeverWaitsAtASocketThatIsHandedOverIsServed(_ carrier: Carrier) async throws {
        let socket = try Self.open()
        let address = try socket.address()
        let (before, after) = (try await carrier.makeTransport(loops: 2), try await carrier.makeTransport(loops: 2))
        let (earlier, later) = (Journal(), Journal())
        try await Self.listen(before, on: socket.duplicate(), earlier)
        let known = try await SocketClient.connect(to: address, options: carrier.clientOptions())
        try await Self.expectEcho(known)

        await before.closeListener()
        var waiting: [SocketClient] = []
        for _ in 0..<20 { waiting.append(try await SocketClient.connect(to: address, options: carrier.clientOptions())) }
        #expect(earlier.pages.count(.opened) == 1)
        // As a process has it that was sent the descriptor.
        try await Self.listen(after, on: #require(try ListeningSocket.adopt(socket.release())), later)
        for client in waiting + [known] { try await Self.expectEcho(client) }
        #expect(earlier.pages.count(.opened) == 1 && later.pages.count(.opened) == 20)

        await after.closeListener()
        // A process that another test is starting has a copy of the descriptor for a moment.
        try await eventually("nobody listens") { await !Self.canConnect(to: address) }
        await before.stop()
        await after.stop()
        for client in waiting + [known] { client.close() }
    }

    /// Nobody is cut off who comes at the very moment: neither whoever waits, nor whoever was just accepted.
    @Test(arguments: Carrier.allCases) func clientsThatComeMeanwhileAreServed(_ carrier: Carrier) async throws {
        let socket = try Self.open()
        let address = try socket.address()
        let transports = (try await carrier.makeTransport(loops: 3), try await carrier.makeTransport(loops: 3))
        let (earlier, later) = (Journal(), Journal())
        try await Self.listen(transports.0, on: socket.duplicate(), earlier)
        let isOver = NIOLockedValueBox(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while !isOver.withLockedValue({ $0 }) {
                        let client = try await SocketClient.connect(to: address, options: carrier.clientOptions())
                        try await Self.expectEcho(client)
                        client.close()
                    }
                }
            }
            try await earlier.wait("some clients") { $0.count(.opened) >= 20 }
            await transports.0.closeListener()
            try await Self.listen(transports.1, on: socket, later)
            try await later.wait("some clients") { $0.count(.opened) >= 20 }
            isOver.withLockedValue { $0 = true }
            try await group.waitForAll()
        }
        await transports.0.stop()
        await transports.1.stop()
    }

    #if os(Linux)
    /// Elsewhere the system's own bound is lower.
    @Test(arguments: Carrier.plain) func theQueueIsLongWhoeverHasOpenedTheSocket(_ carrier: Carrier) async throws {
        let opened = try Self.open()
        let address = try opened.address()
        #expect(Glibc.listen(opened.descriptor, 1) == 0)
        let transport = try await carrier.makeTransport(loops: 1, accepting: AcceptPolicy(limit: 0) { Issue.record($0) })
        let journal = Journal()
        try await Self.listen(transport, on: #require(try ListeningSocket.adopt(opened.release())), journal)
        var clients: [SocketClient] = []
        for _ in 0..<300 { clients.append(try await SocketClient.connect(to: address)) }
        #expect(journal.pages.count(.opened) == 0)
        await transport.stop()
        for client in clients { client.close() }
    }
    #endif

    @Test func aSocketThatWasAdoptedNeitherBlocksNorIsInherited() throws {
        let descriptor = try Self.open().release()
        #expect(fcntl(descriptor, F_SETFL, 0) == 0 && fcntl(descriptor, F_SETFD, 0) == 0)
        let socket = try #require(try ListeningSocket.adopt(descriptor))
        #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func whatIsNoListenerIsNotAdopted() throws {
        var ends: [CInt] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let silent = psk_socket(AF_INET)
        let unix = psk_socket(AF_UNIX)
        for descriptor in ends + [silent, unix, -1] { #expect(try ListeningSocket.adopt(descriptor) == nil) }
    }

    @Test func aClosedSocketIsNobodysDescriptor() throws {
        let socket = try Self.open()
        socket.close()
        socket.close()
        #expect(socket.descriptor == -1)
        #expect(throws: SystemCallError.self) { try socket.address() }
        #expect(throws: SystemCallError.self) { try socket.duplicate() }
    }

    // MARK: - Passing descriptors

    private static func pair() throws -> (OwnedDescriptor, OwnedDescriptor) {
        var ends: [CInt] = [-1, -1]
        #if canImport(Glibc)
        let kind = CInt(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemCallError("socketpair") }
        return (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
    }

    private static func receive(_ end: OwnedDescriptor) -> (count: Int, passed: [CInt]) {
        var bytes = [UInt8](repeating: 0, count: 16)
        var passed = [CInt](repeating: -1, count: psk_most_descriptors)
        var count = 0
        let result = psk_receive(end.number, &bytes, bytes.count, &passed, &count)
        return (result, Array(passed.prefix(count)))
    }

    @Test func descriptorsAreSentWithTheBytes() throws {
        let (one, other) = try Self.pair()
        let sockets = try [Self.open(), Self.open()]
        #expect(psk_send(one.number, [1, 2, 3], 3, sockets.map(\.descriptor), 2) == 3)
        let (count, passed) = Self.receive(other)
        #expect(count == 3 && passed.count == 2)
        for (socket, descriptor) in zip(sockets, passed) {
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            #expect(try ListeningSocket.adopt(descriptor)?.address() == socket.address())
        }
        #expect(psk_send(one.number, [4], 1, nil, 0) == 1)
        #expect(Self.receive(other) == (1, []))
        one.close()
        #expect(Self.receive(other) == (0, []))
    }

    @Test func asManyDescriptorsAsOneMessageHoldsAndNoMore() throws {
        let (one, other) = try Self.pair()
        let socket = try Self.open()
        let most = [CInt](repeating: socket.descriptor, count: psk_most_descriptors)
        #expect(psk_send(one.number, [1], 1, most, most.count) == 1)
        let (count, passed) = Self.receive(other)
        #expect(count == 1 && passed.count == most.count)
        for descriptor in passed { psk_close(descriptor) }
        #expect(psk_send(one.number, [1], 1, most + most, 2 * most.count) == -1)
    }

    @Test func theUserAtTheOtherEndIsKnown() throws {
        let (one, _) = try Self.pair()
        var user = uid_t.max
        #expect(psk_peer_user(one.number, &user) == 0)
        #expect(user == geteuid())
    }
}
