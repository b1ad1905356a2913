import ServerConfiguration
import SignalingTestKit
import Testing

/// A server that is started anew with the file of the one before.
@Suite struct StoreTests {
    @Test func codesTokensAndMailboxesSurviveARestart() async throws {
        let file = try TemporaryFolder()
        let room = randomRoom()
        var (code, appID, token, used, mailbox) = ("", "", "", "", "")
        try await withServer(file.asStore) { server in
            let minted = try #require(PlainJSON(try await server.mint().body))
            code = try #require(minted["code"]?.text)
            appID = try #require(minted["appID"]?.text)
            token = try #require(minted["token"]?.text)
            used = try #require(PlainJSON(try await server.mint().body)?["code"]?.text)
            #expect(try await server.redeem(used).status == 200)
            let a = try await server.join(room, "A", sid: "a")
            for ref in 1...3 { try await a.send(#"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#) }
            for ref in 1...3 { #expect(try await a.nextText() == #"{"type":"accepted","ref":\#(ref)}"#) }
            let b = try await server.join(room, "B", sid: "b")
            #expect(try await b.nextText() == roomFull)
            try await b.send(#"{"type":"hello","deliveredUpTo":0,"mailbox":""}"#)
            mailbox = try #require(try await b.nextText().firstMatch(of: #/"id":"([0-9a-f]{16})"/#)).output.1.description
        }
        try await withServer(file.asStore) { server in
            #expect(try await server.redeem(used).status == 410)
            let redeemed = try await server.redeem(code)
            #expect(redeemed.status == 200 && PlainJSON(redeemed.body)?["appID"]?.text == appID)
            #expect(try await server.redeem(code).status == 410)
            // The side is for whoever shows the token that came with the code.
            _ = try await server.join(appID, "A", sid: "a", token: token)
            let b = try await server.join(room, "B", sid: "b")
            try await b.send(#"{"type":"hello","deliveredUpTo":1,"mailbox":"\#(mailbox)"}"#)
            #expect(try await b.nextText() == #"{"type":"mailbox","id":"\#(mailbox)","deliveredUpTo":1}"#)
            for seq in 2...3 { #expect(try await b.nextText() == #"{"type":"deliver","seq":\#(seq),"payload":\#(seq)}"#) }
            let a = try await server.join(room, "A", sid: "a")
            #expect(try await a.nextText() == roomFull)
            try await a.send(#"{"type":"send","to":"B","payload":3,"ref":3}"#)
            #expect(try await a.nextText() == #"{"type":"accepted","ref":3}"#)
        }
    }

    @Test func anotherServerIsToldWhoHasTheFile() async throws {
        let file = try TemporaryFolder()
        try await withServer(file.asStore) { _ in
            let error = await #expect(throws: (any Error).self) { try await withServer(file.asStore) { _ in } }
            #expect("\(try #require(error))".hasPrefix("STORE=sqlite://\(file.path)/state.db: another process (pid "))
        }
    }
}

extension TemporaryFolder {
    fileprivate var asStore: (inout ServerSettings) -> Void {
        let path = self.path
        return { $0.store = .sqlite(path: path + "/state.db") }
    }
}
