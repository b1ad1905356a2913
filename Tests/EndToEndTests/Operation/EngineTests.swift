import RESPCore
import ServerConfiguration
import SignalingTestKit
import Testing

/// A server whose codes, rooms and mailboxes are in an engine, with all its threads. Several of them are in Tests/Cluster.
@Suite(.enabled(if: !EngineAtSocket.all.isEmpty, "scripts/with-engines starts Valkey and Redis"), .timeLimit(.minutes(5)))
struct EngineTests {
    private static let pairs = 12

    @Test(arguments: EngineAtSocket.all) func manyPairAtOnceAndLoseNothing(_ kind: EngineAtSocket) async throws {
        let engine = try await OwnEngine.start(kind)
        let store = StorePlace.engine(try EngineAddress("valkey+unix://\(engine.path)?db=0"))
        try await withServer({ $0.store = store }) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Self.pairs { group.addTask { try await Self.pairUp(server) } }
                try await group.waitForAll()
            }
            // All are given back.
            try await eventually("no room is at home") { try await server.metrics()["nt_rooms_home"] == 0 }
            #expect(try await server.metrics()["nt_engine_up"] == 1)
        }
    }

    /// By a code, with frames and items both ways.
    private static func pairUp(_ server: TestServer) async throws {
        let minted = try #require(PlainJSON(Array(try await server.mint().body.utf8)))
        let redeemed = try await server.redeem(try #require(minted["code"]?.text))
        let room = try #require(PlainJSON(Array(redeemed.body.utf8))?["appID"]?.text)
        #expect(room == minted["appID"]?.text)
        let (a, b) = try await server.pair(room, sids: ("a", "b"))
        for frame in 1...20 {
            try await a.send(#"{"type":"offer","sdp":\#(frame)}"#)
            #expect(try await b.nextText() == #"{"type":"offer","sdp":\#(frame)}"#)
        }
        try await b.send(#"{"type":"hello","deliveredUpTo":0,"mailbox":""}"#)
        #expect(try await b.nextText().contains(#""type":"mailbox""#))
        for ref in 1...20 {
            try await a.send(#"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#)
            #expect(try await a.nextText() == #"{"type":"accepted","ref":\#(ref)}"#)
            #expect(try await b.nextText() == #"{"type":"deliver","seq":\#(ref),"payload":\#(ref)}"#)
        }
        try await b.send(#"{"type":"delivered","upTo":20}"#)
        try await a.close()
        try await b.close()
    }
}
