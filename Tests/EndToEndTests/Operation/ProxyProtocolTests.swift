import NIOCore
import NIOSSL
import NetworkAddresses
import ServerConfiguration
import SignalingTestKit
import Testing

/// PROXY_PROTOCOL: connections begin with whose they are.
@Suite struct ProxyProtocolTests {
    private static func options(from client: String, tls: Bool = false) -> SocketClient.Options {
        var options = SocketClient.Options()
        options.preface = "PROXY TCP4 \(client) 198.51.100.1 56324 443\r\n"
        if tls {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            options.tls = configuration
        }
        return options
    }

    @Test func limitsAndLogGoByTheHeader() async throws {
        try await withServer {
            $0.proxyProtocol = true
            $0.httpRatePerMinute = 1
            $0.logClientAddresses = .full
        } _: { server in
            for (client, status) in [("203.0.113.7", 200), ("203.0.113.7", 429), ("203.0.113.8", 200)] {
                let socket = try await server.connect(options: Self.options(from: client))
                #expect(try await socket.request(HTTPAsk("POST", "/rendezvous/code")).status == status)
            }
            let clients = server.log.lines("request").map { $0.metadata["client"] }
            #expect(clients == ["203.0.113.7", "203.0.113.7", "203.0.113.8"])
            #expect(server.log.lines("request").map { $0.metadata["via"] } == [nil, "proxy", nil])
            let a = try await server.join(randomRoom(), "A", options: Self.options(from: "203.0.113.9"))
            try await a.close()
            try await eventually("the end is logged") { !server.log.lines("connection ended").isEmpty }
            #expect(server.log.lines("connection ended").first?.metadata["client"] == "203.0.113.9")
        }
    }

    /// Whom the header names is the peer, for X-Forwarded-For as for everything else.
    @Test func forwardedForIsBelievedOfATrustedSourceAlone() async throws {
        try await withServer {
            $0.proxyProtocol = true
            $0.trustedProxies += [AddressBlock("192.0.2.0/24")].compactMap { $0 }
            $0.logClientAddresses = .full
        } _: { server in
            for source in ["192.0.2.1", "203.0.113.7"] {
                let socket = try await server.connect(options: Self.options(from: source))
                _ = try await socket.request(HTTPAsk("GET", "/nothing", headers: [("X-Forwarded-For", "198.51.100.9")]))
            }
            #expect(server.log.lines("request").map { $0.metadata["client"] } == ["198.51.100.9", "203.0.113.7"])
        }
    }

    @Test func itComesBeforeTLS() async throws {
        try await withTLSServer {
            $0.proxyProtocol = true
            $0.logClientAddresses = .full
        } _: { server in
            let socket = try await server.connect(options: Self.options(from: "203.0.113.7", tls: true))
            #expect(try await socket.request(HTTPAsk("GET", "/nothing")).status == 404)
            #expect(server.log.lines("request").first?.metadata["client"] == "203.0.113.7")
        }
    }

    @Test(arguments: [("10.0.0.0/8", "not among them"), ("127.0.0.0/8", "does not begin with a PROXY header")])
    func whoIsNotAProxyIsRefused(_ trusted: String, _ reason: String) async throws {
        try await withServer {
            $0.proxyProtocol = true
            $0.trustedProxies = [AddressBlock(trusted)].compactMap { $0 }
        } _: { server in
            let socket = try await server.connect()
            // Where the server is quick, the connection has ended before this is sent.
            _ = try? await socket.send(HTTPAsk("GET", "/healthz").text)
            #expect(try await socket.readToEnd().readableBytes == 0)
            try await eventually("it is logged") { !server.log.lines("connection refused").isEmpty }
            let line = try #require(server.log.lines("connection refused").first)
            #expect(line.metadata["reason"]?.contains(reason) == true && line.metadata["peer"] == "127.0.0.0/24")
        }
    }

    @Test func aHeaderHasTheTimeOfAHead() async throws {
        try await withServer {
            $0.proxyProtocol = true
            $0.readHeaderTimeout = .milliseconds(200)
        } _: { server in
            let socket = try await server.connect()
            try await socket.send("PROXY TCP4 203.0.113.7")
            try await socket.readToEnd()
            try await eventually("it is logged") { !server.log.lines("connection refused").isEmpty }
            #expect(server.log.lines("connection refused").first?.metadata["reason"]?.contains("READ_HEADER_TIMEOUT") == true)
        }
    }

    /// Whoever looks after the server comes by no proxy.
    @Test func metricsOnTheirOwnAddressNeedNone() async throws {
        try await withServer {
            $0.proxyProtocol = true
            $0.metricsAddress = ListenAddress(host: "127.0.0.1", port: 0)
        } _: { server async throws in
            #expect(try await server.operations(HTTPAsk("GET", "/readyz")).status == 200)
        }
    }
}
