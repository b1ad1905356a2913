import SignalingRuntime
import SignalingTestKit
import Testing

/// Requests whose end two servers in a row might see in different places (RFC 9112 sections 6.3 and 11.2): each is either refused, and the
/// connection with it, or read in the one way there is.
@Suite struct SmugglingTests {
    private static let post = "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\n"
    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func aBodyHasOneLength() async throws {
        let both = "0\r\n\r\n"
        try await withServer { server in
            try await server.check([
                .refused("length, then chunked", Self.post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + both),
                .refused("chunked, then length", Self.post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + both),
                .refused("length 0 and chunked", Self.post + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" + both),
                .refused("chunked and length 0", Self.post + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + both),
                .refused(
                    "both, a request in the difference",
                    Self.post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Self.smuggled),
                .refused("a length and an empty coding", Self.post + "Transfer-Encoding:\r\nContent-Length: 2\r\n\r\n{}"),
                .refused("a length and identity", Self.post + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}"),
                .refused("two lengths", Self.post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
                .refused("two equal lengths", Self.post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
                .refused("a list of equal lengths", Self.post + "Content-Length: 2, 2\r\n\r\n{}"),
                .refused("a list of lengths", Self.post + "Content-Length: 2,3\r\n\r\n{}"),
            ])
        }
    }

    @Test func aLengthIsANumber() async throws {
        try await withServer { server in
            for length in [
                "-2", "+2", "0x2", "2.0", "2e0", "1 0", "", "2\t", "2;", "\"2\"", "two", "18446744073709551616", "99999999999999999999",
            ] {
                try await server.check([.refused("length \(length.debugDescription)", Self.post + "Content-Length: \(length)\r\n\r\n{}")])
            }
            // Numbers, but of bodies that nobody waits for.
            for length in ["4097", "4097 ", "9223372036854775807", "9223372036854775808", "18446744073709551615"] {
                try await server.check([
                    .refused("length \(length.debugDescription)", Self.post + "Content-Length: \(length)\r\n\r\n{}", 413)
                ])
            }
            for field in ["Content-Length: 2", "content-length:2", "Content-Length:\t2", "CONTENT-LENGTH: 2 ", "Content-Length: 0002"] {
                try await server.check([.understood(field.debugDescription, Self.post + field + "\r\n\r\n{}")])
            }
        }
    }

    @Test func theOneTransferCodingIsChunked() async throws {
        func request(_ fields: String) -> String { Self.post + fields + "\r\n\r\n2\r\n{}\r\n0\r\n\r\n" }
        try await withServer { server in
            for field in [
                "Transfer-Encoding: chunked", "Transfer-Encoding: ChUnKeD", "transfer-encoding:chunked", "Transfer-Encoding:\tchunked",
                "Transfer-Encoding: chunked ",
            ] {
                try await server.check([.understood(field.debugDescription, request(field))])
            }
            for field in [
                "Transfer-Encoding: xchunked", "Transfer-Encoding: chunkedx", "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: identity", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: x chunked", "Transfer-Encoding: ,chunked",
                "Transfer-Encoding: chunked,", "Transfer-Encoding: gzip,, chunked", "Transfer-Encoding:", "Transfer-Encoding: chunked\t",
                "Transfer-Encoding: \u{0B}chunked", "Transfer-Encoding: chunked\u{0}",
                "Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", " Transfer-Encoding: chunked",
                "Transfer-Encoding:\r\n chunked", "X: y\r\n Transfer-Encoding: chunked", "Transfer-Encoding: chunked\r\n , identity",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding:",
            ] {
                try await server.check([.refused(field.debugDescription, request(field))])
            }
            for field in [
                "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: identity, chunked",
            ] {
                try await server.check([.refused(field.debugDescription, request(field), 501)])
            }
        }
    }

    /// RFC 9112 section 6.1: whoever passed it on did not know what it was passing on.
    @Test func anOldClientSendsNoChunks() async throws {
        let chunked = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        try await withServer { server in
            try await server.check([
                .refused("HTTP/1.0", "POST /rendezvous/code HTTP/1.0\r\n" + chunked),
                .refused("HTTP/1.0, kept alive", "POST /rendezvous/code HTTP/1.0\r\nConnection: keep-alive\r\n" + chunked),
            ])
        }
    }

    @Test func chunksAreSpelledInOneWay() async throws {
        func request(_ chunks: String) -> String { Self.post + "Transfer-Encoding: chunked\r\n\r\n" + chunks }
        try await withServer { server in
            for chunks in [
                "2\r\n{}\r\n0\r\n\r\n", "0002\r\n{}\r\n000\r\n\r\n", "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", "0\r\n\r\n",
                "2;a\r\n{}\r\n0;b=\"c d\"\r\n\r\n", "2;" + String(repeating: "e", count: 3000) + "\r\n{}\r\n0\r\n\r\n",
                // Trailers are read and dropped: they change nothing any more.
                "2\r\n{}\r\n0\r\nX: y\r\n\r\n", "2\r\n{}\r\n0\r\nX:\r\n\r\n", "2\r\n{}\r\n0\r\nHost: y\r\nHost: z\r\n\r\n",
                "2\r\n{}\r\n0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
            ] {
                try await server.check([.understood(chunks.prefix(60).debugDescription, request(chunks))])
            }
            for chunks in [
                "zz\r\n{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "+2\r\n{}\r\n0\r\n\r\n", "\r\n{}\r\n0\r\n\r\n",
                " 2\r\n{}\r\n0\r\n\r\n", "2 \r\n{}\r\n0\r\n\r\n", "2 ;a\r\n{}\r\n0\r\n\r\n", "10000000000000002\r\n{}\r\n0\r\n\r\n",
                "1\r\n{}\r\n0\r\n\r\n", "2\r\n{}xx0\r\n\r\n", "2\r\n{}0\r\n\r\n",
                "2\n{}\n0\n\n", "2\n{}\r\n0\r\n\r\n", "2\r\n{}\n0\r\n\r\n", "2\r\n{}\r\n0\n\r\n", "2\r\n{}\r\n0\r\n\n",
                "2\r\n{}\r0\r\n\r\n",
                "2\r{}\r\n0\r\n\r\n", "2;a\n{}\r\n0\r\n\r\n", "2;a\rb\r\n{}\r\n0\r\n\r\n", "2;a=\"\n\"\r\n{}\r\n0\r\n\r\n",
                "2;a\u{0}\r\n{}\r\n0\r\n\r\n",
                "2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n", "2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
                "2\r\n{}\r\n0\r\nBad Name: y\r\n\r\n", "2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n", "2\r\n{}\r\n0\r\nX : y\r\n\r\n",
            ] {
                try await server.check([.refused(chunks.debugDescription, request(chunks))])
            }
            // But for this one: no further request is taken.
            let closing = request("2\r\n{}\r\n0\r\nConnection: close\r\n\r\n")
            try await server.check([.refused("a trailer that closes", closing, 200)])
            // Lengths that fit into a number, but not into a body.
            let much = String(repeating: " ", count: 5000)
            for size in ["1388", "7fffffffffffffff", "ffffffffffffffff"] {
                try await server.check([.refused("size \(size)", request(size + "\r\n" + much + "\r\n0\r\n\r\n"), 413)])
            }
            let crumbs = String(repeating: "1\r\n \r\n", count: 5000)
            try await server.check([
                .refused("crumbs", request(crumbs + "0\r\n\r\n"), 413),
                .refused("a long trailer", request("0\r\nX: " + String(repeating: "y", count: 9000) + "\r\n\r\n"), 431),
                .refused("many trailers", request("0\r\n" + String(repeating: "X: y\r\n", count: 120) + "\r\n"), 431),
            ])
        }
    }

    /// What stands in a body is never a request.
    @Test func aRequestInABodyIsNotAnswered() async throws {
        let length = Self.smuggled.utf8.count
        let size = String(length, radix: 16)
        try await withServer { server in
            try await server.check([
                .understood("by length", Self.post + "Content-Length: \(length)\r\n\r\n" + Self.smuggled, 400),
                .understood(
                    "in a chunk", Self.post + "Transfer-Encoding: chunked\r\n\r\n\(size)\r\n" + Self.smuggled + "\r\n0\r\n\r\n", 400),
                .understood("of a GET", "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n" + Self.smuggled),
                .understood(
                    "of a chunked GET",
                    "GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\n" + Self.smuggled + "\r\n0\r\n\r\n"),
                .understood(
                    "of what is not there", "PUT /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n" + Self.smuggled, 404),
                .refused("of a body too long", Self.post + "Content-Length: 5000\r\n\r\n" + Self.smuggled, 413),
            ])
        }
    }

    /// Answers to requests before the broken one still come, and nothing after it does.
    @Test func aFramingErrorEndsAPipeline() async throws {
        let fine = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        try await withServer { server in
            try await server.check([
                HTTPExchange("in the middle", fine + fine + Self.post + "Content-Length: +2\r\n\r\n{}" + fine + fine, 200, 200, 400),
                HTTPExchange("in a chunk", fine + Self.post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n" + fine, 200, 400),
                HTTPExchange("behind a close", "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + fine, 200),
                // The length says one byte less than was sent: what is left over is no request.
                HTTPExchange("a byte too many", Self.post + "Content-Length: 2\r\n\r\n{}}" + fine, 200, 400),
            ])
        }
    }

    /// Nothing is parsed behind a request that would change the protocol, be it granted or not.
    @Test func noRequestFollowsAnUpgradeOrATunnel() async throws {
        let upgrade = WebSocketClient.upgradeHeaders.map { "\($0.0): \($0.1)\r\n" }.joined()
        let ws = "GET /ws?appID=\(randomRoom())&side=A HTTP/1.1\r\nHost: x\r\n" + upgrade
        try await withServer { server in
            try await server.check([
                .refused("an upgrade with a body", ws + "Content-Length: \(Self.smuggled.utf8.count)\r\n\r\n" + Self.smuggled),
                .refused("an upgrade with chunks", ws + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
                .refused("an upgrade with no chunks", ws + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                .refused("an upgrade refused", ws.replacing("side=A", with: "side=C") + "\r\n"),
                .refused("an upgrade of another resource", Self.post + upgrade + "Content-Length: 2\r\n\r\n{}", 200),
                .refused("an upgrade by POST", ws.replacing("GET /ws", with: "POST /ws") + "Content-Length: 2\r\n\r\n{}", 405),
                .refused("h2c", "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200),
                .refused("a tunnel", "CONNECT localhost:80 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                .refused("a tunnel to an endpoint", "CONNECT /ws HTTP/1.1\r\nHost: x\r\n\r\n", 405),
                .refused("a tunnel with a body", "CONNECT localhost:80 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 404),
                // Tokens that only look like the ones that ask for an upgrade.
                .understood("upgrade as half a token", ws.replacing("Connection: Upgrade", with: "Connection: x upgrade") + "\r\n", 426),
                .understood("upgrade as part of a token", ws.replacing("Connection: Upgrade", with: "Connection: xupgrade") + "\r\n", 426),
            ])
            #expect(server.counts.wsConnections == 0 && server.signaling.admission.open == 0)
        }
    }

    /// Behind an upgrade that is granted there are frames, and a request is a broken one.
    @Test func aRequestBehindAnUpgradeIsABrokenFrame() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(WebSocketClient.upgradeAsk(room: randomRoom(), side: "A").text + HTTPExchange.next)
            #expect(try await client.reply().status == 101)
            #expect(try await WebSocketClient(client).finishClose().closeCode == 1002)
        }
    }
}
