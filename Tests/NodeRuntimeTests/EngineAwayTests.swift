import EngineScripts
import NIOCore
import NetworkAddresses
import NodeRuntime
import NodeServer
import RESPCore
import SignalingCore
import SignalingRuntime
import SignalingSimulation
import SignalingTestKit
import SignalingWire
import Testing

/// What goes on while the engine is away or has lost everything, and that all comes back by itself.
struct EngineAwayTests {
    private static let pages = HTTPAsk("GET", "/readyz")

    @Test func whileTheEngineIsAwayPairsGoOnAndNobodyElseIsServed() throws {
        let cluster = Cluster(nodes: 2)
        let (first, second) = (cluster.nodes[0], cluster.nodes[1])
        let minted = try cluster.mint(at: first)
        let (a, b, room) = try cluster.pair(first, second)
        cluster.engine.goAway()
        cluster.advance(by: 10)
        for _ in 0..<3 {
            for node in cluster.nodes {
                for ask in [HTTPAsk.mint, .redeem(minted.code), Self.pages] {
                    let reply = try cluster.reply(to: ask, at: node)
                    #expect(reply.status == 503 && reply["Retry-After"] == "5", "\(ask.target): \(reply)")
                }
                let peer = Peer(cluster, at: node, RoomID(high: 3, low: 4), .a)
                cluster.advance(by: 3500)
                #expect(peer.status == 503 && peer.response?["Retry-After"] != nil, "\(String(describing: peer.response))")
                let question = try cluster.reply(to: HTTPAsk("GET", "/ws?appID=\(room.text)&side=A"), at: node)
                #expect(question.status == 503)
            }
            a.send(#"{"type":"offer"}"#)
            b.send(#"{"type":"answer"}"#)
            cluster.advance(by: 10)
            #expect(a.takeTexts() == [#"{"type":"answer"}"#] && b.takeTexts() == [#"{"type":"offer"}"#])
        }
        a.send(#"{"type":"send","to":"B","payload":1,"ref":1}"#)
        cluster.advance(by: 3000)
        #expect(a.takeTexts().map { $0.contains("mailbox_full") } == [true])

        cluster.engine.comeBack()
        cluster.advance(by: 3000)
        for node in cluster.nodes { #expect(try cluster.reply(to: Self.pages, at: node).status == 200) }
        #expect(try cluster.redeem(minted.code, at: second).status == 200)
        #expect(try cluster.reply(to: .mint, at: second).status == 200)
        a.send(#"{"type":"send","to":"B","payload":2,"ref":2}"#)
        cluster.advance(by: 100)
        #expect(a.takeTexts() == [#"{"type":"accepted","ref":2}"#])
        #expect(b.takeTexts() == [#"{"type":"deliver","seq":1,"payload":2}"#])
        #expect(a.isConnected && b.isConnected)
        #expect(cluster.leftovers(of: a, b) == [])
    }

    /// It takes calls, and refuses each.
    @Test func anEngineThatIsOutOfMemoryRefusesAndComesBack() throws {
        let cluster = Cluster(nodes: 1)
        let node = cluster.nodes[0]
        let (a, b, _) = try cluster.pair(node, node)
        let error = RESPError("OOM command not allowed when used memory > 'maxmemory'.")
        cluster.engine.refusal = ([.mint, .redeem, .claim, .store, .acknowledge], error)
        #expect(try cluster.reply(to: .mint, at: node).status == 503)
        #expect(try cluster.redeem("123456", at: node).status == 503)
        let peer = Peer(cluster, at: node, RoomID(high: 3, low: 4), .a)
        cluster.advance(by: 100)
        #expect(peer.status == 503)
        a.send(#"{"type":"send","to":"B","payload":1,"ref":1}"#)
        cluster.advance(by: 3000)
        #expect(a.takeTexts().map { $0.contains("mailbox_full") } == [true])
        cluster.engine.refusal = nil
        // Homes rest for two seconds at most.
        cluster.advance(by: 2500)
        #expect(try cluster.reply(to: .mint, at: node).status == 200)
        a.send(#"{"type":"send","to":"B","payload":2,"ref":2}"#)
        cluster.advance(by: 100)
        #expect(a.takeTexts() == [#"{"type":"accepted","ref":2}"#] && b.takeTexts().count == 1)
        #expect(cluster.leftovers(of: a, b) == [])
    }

    @Test func anEngineThatLostEverythingIsGivenTheRoomsAnew() throws {
        let cluster = Cluster(nodes: 2)
        let (a, b, room) = try cluster.pair(cluster.nodes[0], cluster.nodes[1])
        for ref in 1...5 { a.send(#"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#) }
        cluster.advance(by: 100)
        b.send(#"{"type":"delivered","upTo":2}"#)
        cluster.advance(by: 100)
        let before = try #require(cluster.engine.stored(room))
        #expect(before.b.items.count == 3)
        let (_, _) = (a.takeTexts(), b.takeTexts())
        cluster.engine.goAway()
        cluster.engine.wipe()
        cluster.advance(by: 500)
        cluster.engine.comeBack()
        cluster.advance(by: 1500)
        let after = try #require(cluster.engine.stored(room))
        #expect(after.a == before.a && after.b == before.b && after.name.mailbox == before.name.mailbox)
        #expect(a.isConnected && b.isConnected)
        a.send(#"{"type":"send","to":"B","payload":6,"ref":6}"#)
        cluster.advance(by: 100)
        #expect(a.takeTexts() == [#"{"type":"accepted","ref":6}"#] && b.takeTexts() == [#"{"type":"deliver","seq":6,"payload":6}"#])
        // Rooms that have no home yet are had once the others have written theirs.
        let early = Peer(cluster, at: cluster.nodes[0], RoomID(high: 3, low: 4), .a)
        cluster.advance(by: 100)
        #expect(early.status == 503)
        cluster.advance(by: 3000)
        let late = try cluster.join(RoomID(high: 3, low: 4), .a, at: cluster.nodes[0])
        #expect(cluster.leftovers(of: a, b, late) == [])
    }

    /// Each connection of its own is told apart from those before: what came to nothing on one is not taken for another's.
    @Test func callsOfAConnectionThatBreaksAgainAndAgainComeToAnEnd() throws {
        let cluster = Cluster(nodes: 1)
        let (a, b, _) = try cluster.pair(cluster.nodes[0], cluster.nodes[0])
        let asked = (0..<20).map { _ in cluster.ask(.mint, at: cluster.nodes[0]) }
        for ref in 1...20 {
            a.send(#"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#)
            cluster.advance(by: 40)
            cluster.nodes[0].link.cut(carriesOut: ref % 2 == 0)
        }
        cluster.advance(by: 4000)
        #expect(asked.allSatisfy { $0.reply?.status == 200 || $0.reply?.status == 503 })
        let accepted = a.takeTexts().filter { $0.contains("accepted") }.count
        let delivered = b.takeTexts().filter { $0.contains("deliver") }.count
        #expect(accepted > 0 && accepted == delivered, "\(accepted) \(delivered)")
        #expect(cluster.leftovers(of: a, b) == [])
    }
}
