import ByteStreams
import ChannelTransport
import HTTPServer
import NIOConcurrencyHelpers
import NIOCore
import NIOSSL
import PassThrough
import SignalingTestKit
import SocketTransport
import Testing
import TimeKeeping

/// The same over sockets, as both transports have them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CarriedTests {
    enum Carrier: CaseIterable {
        #if os(Linux)
        case sockets
        #endif
        case channels
        /// Channels, between which TLS is spoken; clients are plain.
        case tls

        /// Those whose homes can respond to a client that has ended its direction.
        static let plain = allCases.filter { $0 != .tls }

        func make(tls: NIOSSLContext? = nil) async throws -> any Transport {
            let settings = TransportSettings(loops: 2, accepting: AcceptPolicy(limit: 100) { Issue.record($0) })
            #if os(Linux)
            if self == .sockets { return try SocketLoops(settings) }
            #endif
            return try await ChannelLoops(settings, tls: tls.map { ServerTLS($0) })
        }

        /// What a home has TLS with, and what nodes trust it by.
        func makeTLS() async throws -> (home: NIOSSLContext, node: ChannelTLS)? {
            guard self == .tls else { return nil }
            var made: (NIOSSLContext, ChannelTLS)?
            try await TestCertificate.with { identity in
                let chain = try NIOSSLCertificate.fromPEMFile(identity.certificate)
                let home = TLSConfiguration.makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) },
                    privateKey: .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem)))
                var node = TLSConfiguration.makeClientConfiguration()
                node.trustRoots = .certificates(chain)
                made = (try NIOSSLContext(configuration: home), ChannelTLS(try NIOSSLContext(configuration: node), serverName: "localhost"))
            }
            return made
        }
    }

    private static let anywhere = Result { try SocketAddress(ipAddress: "127.0.0.1", port: 0) }

    /// A home that does this with each connection, a node that passes everything to it, and the node's address.
    private static func run(
        _ carrier: Carrier, home script: @escaping @Sendable (HomeEnd) -> Void, _ test: (SocketAddress, CarriedSeen) async throws -> Void
    ) async throws {
        let tls = try await carrier.makeTLS()
        let (home, node) = (try await carrier.make(tls: tls?.home), try await carrier.make())
        let seen = CarriedSeen()
        do {
            let address = try await home.listen(on: self.anywhere.get()) { _ in HomeEnd(script) }
            let services = seen.services(to: HomeNode(PassRig.home, at: address, tls: tls?.node))
            let nodeAddress = try await node.listen(on: self.anywhere.get()) { context in
                HTTPConnection(services: services, context: context)
            }
            try await test(nodeAddress, seen)
            try await eventually("nothing is kept") {
                let counts = NIOLockedValueBox(0)
                try await node.onEach { context in counts.withLockedValue { $0 += context.connections.count } }
                return counts.withLockedValue { $0 } == 0
            }
        } catch {
            Issue.record(error)
        }
        await node.stop()
        await home.stop()
    }

    private static func connect(_ address: SocketAddress, receiveBuffer: Int? = nil, reads: Bool = true) async throws -> SocketClient {
        var options = SocketClient.Options()
        options.receiveBuffer = receiveBuffer
        options.reads = reads
        let client = try await SocketClient.connect(to: address, options: options)
        try await client.send(PassRig.ask)
        return client
    }

    private static func expectGrant(_ client: SocketClient) async throws {
        let head = try await client.read("the response") {
            $0.readString(length: PassRig.granted.utf8.count)
        }
        #expect(head == PassRig.granted)
    }

    @Test(arguments: Carrier.allCases) func muchGoesBothWaysAndEnds(_ carrier: Carrier) async throws {
        let sent = ByteBuffer.pattern(4_000_000)
        try await Self.run(carrier, home: { $0.echoes = true }) { address, seen in
            let client = try await Self.connect(address)
            try await Self.expectGrant(client)
            let isSent = client.enqueue(sent)
            let echo = try await client.read("the echo") { $0.readSlice(length: sent.readableBytes) }
            try await isSent.get()
            #expect(echo == sent)
            try await client.endSending()
            #expect(try await client.readToEnd().readableBytes == 0)
            client.close()
            #expect(try await seen.ending() == "closed")
        }
    }

    @Test(arguments: Carrier.allCases) func aSlowClientGetsAllThatItsHomeSentBeforeItEnded(_ carrier: Carrier) async throws {
        let sent = ByteBuffer.pattern(3_000_000)
        let script: @Sendable (HomeEnd) -> Void = { end in
            end.onGranted = { stream in
                stream.write(sent)
                stream.closeWhenSent()
            }
        }
        try await Self.run(carrier, home: script) { address, seen in
            let client = try await Self.connect(address, receiveBuffer: 8_192, reads: false)
            try await eventually("the home has granted it") { seen.outcomes == ["connected"] }
            try await client.startReading()
            try await Self.expectGrant(client)
            #expect(try await client.readToEnd() == sent)
            client.close()
            #expect(try await seen.ending() == "closed")
        }
    }

    @Test(arguments: Carrier.plain) func aClientThatHasEndedIsRespondedTo(_ carrier: Carrier) async throws {
        let script: @Sendable (HomeEnd) -> Void = { end in
            end.onInputEnded = { stream, bytes in
                stream.write(ByteBuffer(string: "you sent \(bytes.readableBytes)"))
                stream.closeWhenSent()
            }
        }
        try await Self.run(carrier, home: script) { address, seen in
            let client = try await Self.connect(address)
            try await Self.expectGrant(client)
            try await client.send(ByteBuffer.pattern(100_000))
            try await client.endSending()
            #expect(String(buffer: try await client.readToEnd()) == "you sent 100000")
            client.close()
            #expect(try await seen.ending() == "closed")
        }
    }

    @Test(arguments: Carrier.allCases) func aBrokenEndBreaksTheOther(_ carrier: Carrier) async throws {
        try await Self.run(carrier, home: { $0.echoes = true }) { address, seen in
            let client = try await Self.connect(address)
            try await Self.expectGrant(client)
            try await client.reset()
            #expect(try await seen.ending() == "broken")
        }
    }

    @Test(arguments: Carrier.allCases) func aRefusalIsPassedOn(_ carrier: Carrier) async throws {
        let script: @Sendable (HomeEnd) -> Void = {
            $0.response = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nContent-Length: 4\r\n\r\nbusy"
        }
        try await Self.run(carrier, home: script) { address, seen in
            let client = try await Self.connect(address)
            let text = String(buffer: try await client.readToEnd())
            #expect(text.hasPrefix("HTTP/1.1 429 ") && text.hasSuffix("\r\n\r\nbusy") && text.contains("Retry-After: 3\r\n"))
            client.close()
        }
    }

    @Test(arguments: Carrier.allCases) func aHomeThatIsGoneIsSaidToBe(_ carrier: Carrier) async throws {
        let node = try await carrier.make()
        // Somebody had this port a moment ago.
        let gone = try ListeningSocket.open(self.address())
        let home = HomeNode(PassRig.home, at: try gone.address())
        gone.close()
        let seen = CarriedSeen()
        let services = seen.services(to: home)
        let address = try await node.listen(on: self.address()) { context in
            HTTPConnection(services: services, context: context)
        }
        let client = try await Self.connect(address)
        #expect(String(buffer: try await client.readToEnd()).hasPrefix("HTTP/1.1 503 "))
        client.close()
        await node.stop()
    }

    private func address() throws -> SocketAddress { try Self.anywhere.get() }
}

/// What a node's loops have seen.
final class CarriedSeen: Sendable {
    private let lines = NIOLockedValueBox<(outcomes: [String], endings: [String])>(([], []))

    func services(to home: HomeNode) -> HTTPServices {
        PassRig.services(
            to: home,
            judge: { outcome in
                self.lines.withLockedValue { $0.outcomes.append(outcome.shown) }
                return nil
            }, whenOver: { summary in self.lines.withLockedValue { $0.endings.append(summary.ending.shown) } })
    }

    /// How the only connection ended.
    func ending() async throws -> String? {
        try await eventually("it has ended") { self.lines.withLockedValue { !$0.endings.isEmpty } }
        return self.lines.withLockedValue { $0.endings.count == 1 ? $0.endings[0] : nil }
    }

    var outcomes: [String] { self.lines.withLockedValue { $0.outcomes } }
}

/// A home's side of a connection: grants the upgrade, and does what a test wants then.
final class HomeEnd: StreamDriver {
    var response = PassRig.granted
    var echoes = false
    var onGranted: (any ByteStream) -> Void = { _ in }
    var onInputEnded: ((any ByteStream, ByteBuffer) -> Void)?
    private var stream: (any ByteStream)?
    private var bytes = ByteBuffer()
    private var isGranted = false

    init(_ script: (HomeEnd) -> Void) { script(self) }

    func opened(on stream: any ByteStream) { self.stream = stream }

    func received(_ bytes: ByteBuffer) {
        if self.isGranted, self.echoes {
            self.stream?.write(bytes)
            self.stream?.flush()
            if self.stream?.isWritable == false { self.stream?.isReading = false }
            return
        }
        self.bytes.writeImmutableBuffer(bytes)
        guard !self.isGranted, String(buffer: self.bytes).hasSuffix("\r\n\r\n"), let stream = self.stream else { return }
        self.bytes = ByteBuffer()
        self.isGranted = true
        stream.write(ByteBuffer(string: self.response))
        stream.flush()
        self.onGranted(stream)
    }

    func readCompleted() {}
    func becameWritable() { self.stream?.isReading = true }
    var outlivesInput: Bool { true }

    func inputEnded() -> Bool {
        guard let stream = self.stream, let respond = self.onInputEnded else { return false }
        respond(stream, self.bytes)
        return true
    }

    func ended(_ error: (any Error)?) { self.stream = nil }
}
