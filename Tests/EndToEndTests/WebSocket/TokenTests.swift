import ServerApp
import ServerConfiguration
import SignalingTestKit
import Testing
import WebSocketCore

/// Sides that are opened with the tokens that came with their code.
@Suite struct TokenTests {
    private func pairing(_ server: TestServer) async throws -> (room: String, a: String, b: String) {
        let minted = try await server.mint()
        let redeemed = try await server.redeem(try #require(minted.text("code")))
        return (try #require(minted.text("appID")), try #require(minted.text("token")), try #require(redeemed.text("token")))
    }

    @Test(arguments: [nil, "session-1", "other"] as [String?])
    func aSideOpenedWithItsTokenIsForNobodyElse(sid: String?) async throws {
        try await withServer { server in
            let (room, tokenA, tokenB) = try await self.pairing(server)
            let a = try await server.join(room, "A", sid: "session-1", token: tokenA)
            let b = try await server.join(room, "B", token: tokenB)
            for client in [a, b] { #expect(try await client.nextText() == roomFull) }
            // Without a token, with the other side's, and with none that could be one.
            for token in [nil, tokenB, "x"] as [String?] {
                let close = try await server.join(room, "A", sid: sid, token: token).finishClose()
                #expect(close.closeCode == 1008)
                #expect(close.closeReason == "side A needs its token")
            }
            // The holder was not even asked.
            try await a.send(#"{"type":"ice","n":1}"#)
            #expect(try await b.nextText() == #"{"type":"ice","n":1}"#)
            let again = try await server.join(room, "A", sid: "session-1", token: tokenA)
            #expect(try await a.finishClose().closeCode == 4001)
            #expect(try await again.nextText() == roomFull)
        }
    }

    @Test func aMailboxIsReadWithTheTokenAlone() async throws {
        try await withServer { server in
            let (room, tokenA, tokenB) = try await self.pairing(server)
            let first = try await server.join(room, "A", sid: "s", token: tokenA)
            let b = try await server.join(room, "B", token: tokenB)
            #expect(try await b.nextText() == roomFull)
            try await first.close()
            #expect(try await b.nextText() == peerLeft)
            try await b.send(#"{"type":"send","to":"A","payload":"for A","ref":1}"#)
            #expect(try await b.nextText() == #"{"type":"accepted","ref":1}"#)
            try await b.close()
            #expect(try await server.join(room, "A", sid: "s").finishClose().closeReason == "side A needs its token")
            let a = try await server.join(room, "A", sid: "s", token: tokenA)
            try await a.send(#"{"type":"hello"}"#)
            #expect(try await a.nextText() == #"{"type":"deliver","seq":1,"payload":"for A"}"#)
        }
    }

    @Test func whoShowsTheTokenTakesTheSideFromAStranger() async throws {
        try await withServer { server in
            let (room, tokenA, tokenB) = try await self.pairing(server)
            let stranger = try await server.join(room, "A", sid: "s")
            try await stranger.send(#"{"type":"offer","forged":true}"#)
            try await server.waitForFrames(1)
            let a = try await server.join(room, "A", sid: "s", token: tokenA)
            let close = try await stranger.finishClose()
            #expect(close.closeCode == 1008 && close.closeReason == "side A needs its token")
            try await a.send(#"{"type":"offer"}"#)
            try await server.waitForFrames(2)
            let b = try await server.join(room, "B", token: tokenB)
            #expect(try await b.nextText() == roomFull)
            #expect(try await b.nextText() == #"{"type":"offer"}"#)
        }
    }

    @Test func whoeverHasNoTokensMeetsAsBefore() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair(sids: ("one", nil))
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await b.nextText() == #"{"type":"ice"}"#)
        }
    }

    @Test func onlyRoomsOfCodesAreOpenedWhereThatIsSet() async throws {
        try await withServer {
            $0.rooms = .minted
        } _: { server in
            let (room, tokenA, tokenB) = try await self.pairing(server)
            for (side, token) in [("A", nil), ("A", tokenB), ("B", tokenA)] as [(String, String?)] {
                let reply = try await server.request(WebSocketClient.upgradeAsk(room: room, side: side, token: token))
                #expect(reply.isProblem(403) && reply.body.contains("token"))
            }
            #expect(try await server.request(WebSocketClient.upgradeAsk(room: randomRoom(), side: "A")).isProblem(403))
            let a = try await server.join(room, "A", token: tokenA)
            _ = try await server.join(room, "B", token: tokenB)
            #expect(try await a.nextText() == roomFull)
        }
    }

    @Test func serversWithOneKeyMakeTheSameTokens() async throws {
        let key = (0..<32).map { UInt8($0) }
        var first: (room: String, a: String, b: String)?
        try await withServer {
            $0.tokenKey = key
        } _: { server in
            let made = try await self.pairing(server)
            first = made
            _ = try await server.join(made.room, "A", token: made.a)
            #expect(!server.log.text.contains(made.a) && !server.log.text.contains(made.b))
        }
        let (room, tokenA, _) = try #require(first)
        for rooms in [OpenableRooms.minted, .any] {
            try await withServer {
                $0.tokenKey = rooms == .minted ? key : nil
                $0.rooms = rooms
            } _: { server in
                // A server with another key takes the token for none, so that clients meet again after it was started anew.
                let a = try await server.join(room, "A", token: tokenA)
                let stranger = try await server.request(WebSocketClient.upgradeAsk(room: room, side: "A"))
                #expect(stranger.status == (rooms == .minted ? 403 : 101))
                try await a.close()
            }
        }
    }

    @Test(
        arguments: [
            ("", "must hold 32 bytes in Base64"), ("AAAA", "must hold 32 bytes in Base64"),
            (nil, "cannot be read: No such file or directory"),
            (String(repeating: "A", count: 5000), "is larger than 4096 bytes"),
        ] as [(String?, String)])
    func aKeyFileThatHoldsNoKeyEndsTheStart(contents: String?, reason: String) async throws {
        let file = try TemporaryFile(contents)
        defer { file.remove() }
        do {
            try await withServer {
                $0.tokenKeyFile = file.path
            } _: { _ in
                Issue.record("it started")
            }
        } catch let error as StartupError {
            #expect(error.description.hasPrefix("TOKEN_KEY_FILE=\(file.path): \(reason)"), "\(error)")
            #expect(contents.map { $0.isEmpty || !error.description.contains($0) } ?? true)
        }
    }

    @Test func theKeyMayComeFromAFile() async throws {
        let file = try TemporaryFile("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
        defer { file.remove() }
        try await withServer {
            $0.tokenKeyFile = file.path
            $0.rooms = .minted
        } _: { server in
            // The example of docs/protocol.md.
            _ = try await server.join("6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", "A", token: "9WRKOUTkN-Oxnzs74zHOOA")
        }
    }
}
