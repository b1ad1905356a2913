import NIOCore
import SignalingTestKit
import Testing

/// `Expect: 100-continue` (RFC 9110 section 10.1.1). Others than that are ignored, which the RFC leaves open: nothing here depends on
/// them, and a proxy that adds one should not make requests fail.
@Suite struct ExpectTests {
    private static let post = "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\n"

    @Test func whoWillBeRefusedIsNotAskedForTheBody() async throws {
        let expect = "Expect: 100-continue\r\n"
        try await withServer { server in
            try await server.check([
                .refused("too long", Self.post + expect + "Content-Length: 4097\r\n\r\n", 413),
                .refused("far too long", Self.post + expect + "Content-Length: 18446744073709551615\r\n\r\n", 413),
                .refused("two lengths", Self.post + expect + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n"),
                .refused("length and chunks", Self.post + expect + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"),
                .refused("another coding", Self.post + expect + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
                .refused("no host", "POST /rendezvous/code HTTP/1.1\r\nContent-Length: 2\r\n" + expect + "\r\n"),
            ])
        }
    }

    @Test func chunksAreAskedForAndStillBounded() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(Self.post + "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n")
            #expect(try await client.reply().status == 100)
            try await client.send("1388\r\n" + String(repeating: " ", count: 5000))
            #expect(try await client.reply().isProblem(413))
            try await client.readToEnd()
        }
    }

    @Test func aClientNeedNotWait() async throws {
        try await withServer { server in
            try await server.check([
                HTTPExchange(
                    "the body at once", Self.post + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}" + HTTPExchange.next, 100, 200, 404
                )
            ])
        }
    }

    @Test func whoHasNoBodyIsNotAskedForIt() async throws {
        try await withServer { server in
            let expect = "Expect: 100-continue\r\n"
            try await server.check([
                HTTPExchange("no length", Self.post + expect + "\r\n" + HTTPExchange.next, 200, 404),
                HTTPExchange("an empty body", Self.post + expect + "Content-Length: 0\r\n\r\n" + HTTPExchange.next, 200, 404),
            ])
        }
    }

    @Test func otherExpectationsAreIgnored() async throws {
        try await withServer { server in
            for expectation in ["200-ok", "100-continue-please", "", "x=y"] {
                try await server.check([
                    .understood("expects \(expectation)", Self.post + "Expect: \(expectation)\r\nContent-Length: 2\r\n\r\n{}")
                ])
            }
            // A client of HTTP/1.0 would take an interim answer for the last.
            let old = "POST /rendezvous/code HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
            try await server.check([HTTPExchange("an old client", old, 200)])
        }
    }
}
