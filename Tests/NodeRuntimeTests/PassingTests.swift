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

/// Connections that are passed on: who is counted, who is believed, and what is left of them.
struct PassingTests {
    @Test(arguments: [
        [("NT-Node-Client", "192.0.2.9"), ("NT-Node-Auth", String(repeating: "A", count: 43))],
        [("nt-node-client", "192.0.2.9")], [("NT-Node-Auth", "")], [("NT-Node-Else", "1")],
    ])
    func whoeverClaimsToBeANodeAndIsNoneIsRefused(fields: [(String, String)]) throws {
        let cluster = Cluster(nodes: 2)
        for node in cluster.nodes {
            let peer = Peer(cluster, at: node, RoomID(high: 1, low: 2), .a, fields: fields)
            cluster.advance(by: 100)
            #expect(peer.status == 403, "\(String(describing: peer.response))")
        }
        #expect(cluster.engine.counts[.claim] == nil)
        #expect(cluster.leftovers() == [])
    }

    @Test func limitsCountForTheClientAndNotForTheNode() throws {
        let cluster = Cluster(nodes: 2) { $0.limits.wsPerMinute = 3 }
        let (home, other) = (cluster.nodes[0], cluster.nodes[1])
        let rooms = (1...6).map { RoomID(high: 7, low: $0) }
        let owners = try rooms.enumerated().map { try cluster.join($1, .a, at: home, from: .v4(0xC000_0300 + UInt32($0))) }
        // Six that come by one node, from six addresses.
        let guests = try rooms.enumerated().map { try cluster.join($1, .b, at: other, from: .v4(0xC000_0400 + UInt32($0))) }
        #expect(home.signaling.admission.openPassedHere == 6)
        // One that comes by the other node, and then directly, is the same at the home.
        let client = ClientAddress.v4(0xC000_0500)
        let passed = try (1...2).map { try cluster.join(RoomID(high: 7, low: $0), .b, at: other, from: client) }
        let direct = try cluster.join(RoomID(high: 7, low: 3), .b, at: home, from: client)
        let tooMany = Peer(cluster, at: home, RoomID(high: 7, low: 4), .b, from: client)
        cluster.advance(by: 100)
        #expect(tooMany.status == 429)
        for peer in owners + guests + passed + [direct] where !peer.isOver { peer.close() }
        cluster.advance(by: 12_000)
        #expect(cluster.nodes.flatMap(\.leftovers) == [])
    }

    @Test func aRefusalOfTheHomeReachesTheClientAndLeavesNothing() throws {
        let cluster = Cluster(nodes: 2) { $0.limits.wsPerMinute = 1 }
        let (home, other) = (cluster.nodes[0], cluster.nodes[1])
        let room = RoomID(high: 1, low: 2)
        let a = try cluster.join(room, .a, at: home, from: .v4(0xC000_0301))
        let b = Peer(cluster, at: other, room, .b, from: .v4(0xC000_0301))
        cluster.advance(by: 100)
        #expect(b.status == 429 && b.response?["Retry-After"] != nil)
        #expect(other.leftovers == [])
        #expect(cluster.leftovers(of: a, b) == [])
    }

    /// At whichever moment the client leaves, nothing of it is left.
    @Test(arguments: 0...40)
    func aClientThatLeavesOnTheWayLeavesNothing(after step: Int) throws {
        let cluster = Cluster(nodes: 2)
        let room = RoomID(high: 1, low: 2)
        let a = try cluster.join(room, .a, at: cluster.nodes[0])
        cluster.latency = { 2 }
        let b = Peer(cluster, at: cluster.nodes[1], room, .b)
        cluster.advance(by: Int64(step))
        if step % 2 == 0 { b.drop() } else { b.stream.end(.fin) }
        cluster.advance(by: 3500)
        #expect(cluster.nodes[1].leftovers == [])
        #expect(cluster.leftovers(of: a) == [])
    }

    @Test func aNodeThatGoesAwayWhileAConnectionIsPassedToItLeavesNothing() throws {
        for step in 0...12 {
            let cluster = Cluster(nodes: 2)
            let room = RoomID(high: 1, low: 2)
            let a = try cluster.join(room, .a, at: cluster.nodes[0])
            cluster.latency = { 2 }
            let b = Peer(cluster, at: cluster.nodes[1], room, .b)
            cluster.advance(by: Int64(step * 2))
            cluster.nodes[0].kill()
            cluster.advance(by: 5000)
            // Either it had come to the room, or it is served at its own node.
            #expect(a.isOver && b.isOver != b.isConnected, "\(step): \(String(describing: b.response))")
            #expect(cluster.leftovers(of: b) == [])
        }
    }

    /// The search ends while the home is asked: at its deadline nothing is left to wait for.
    @Test(arguments: Array(stride(from: 1400 as Int64, through: 1980, by: 20)))
    func whoeverWaitsForASilentHomeIsAnsweredHoweverLateItWasAsked(claimTakes: Int64) throws {
        let cluster = Cluster(nodes: 2)
        let room = RoomID(high: 1, low: 2)
        let a = try cluster.join(room, .a, at: cluster.nodes[0])
        cluster.nodes[0].pause()
        cluster.engine.pause()
        let b = Peer(cluster, at: cluster.nodes[1], room, .b)
        cluster.advance(by: claimTakes)
        cluster.engine.goOn()
        cluster.advance(by: 3500 - claimTakes)
        // By its node, if the home was silent for long enough; or not yet.
        #expect(b.status == 503 || b.status == 101 && cluster.home(of: room) === cluster.nodes[1], "\(String(describing: b.response))")
        cluster.nodes[0].goOn()
        #expect(cluster.leftovers(of: a, b) == [])
    }

    @Test func aNodeThatOthersCannotReachSaysSo() throws {
        let cluster = Cluster(nodes: 1)
        let wrong = cluster.start(number: 2, says: "http://10.0.0.99:80")
        cluster.advance(by: 14_000)
        let page = try cluster.reply(to: HTTPAsk("GET", "/readyz"), at: wrong)
        #expect(page.status == 200 && page.body.contains(#""unreachedBy":[{"node":"http://10.0.0.1:80","reason":"#), "\(page.body)")
        #expect(page.body.contains(#""nodes":2"#))
        #expect(wrong.log.text.contains("another node cannot reach this one"))
        let other = try cluster.reply(to: HTTPAsk("GET", "/readyz"), at: cluster.nodes[0])
        #expect(other.body.contains(#""unreachedBy":[]"#), "\(other.body)")
    }

    @Test func aNodeThatIsReachedAgainForgetsTheComplaint() throws {
        let cluster = Cluster(nodes: 2)
        cluster.setCut(true, cluster.nodes[0], cluster.nodes[1])
        cluster.advance(by: 25_000)
        let pages = { try cluster.nodes.map { try cluster.reply(to: HTTPAsk("GET", "/readyz"), at: $0).body } }
        #expect(try pages().allSatisfy { $0.contains(#""reason""#) })
        cluster.endCuts()
        cluster.advance(by: 85_000)
        #expect(try pages().allSatisfy { $0.contains(#""unreachedBy":[]"#) })
    }

    /// A room counts for whoever it is made for, not for one who asked for it first and has left.
    @Test func aRoomIsMadeForThoseWhoAreThere() throws {
        let cluster = Cluster(nodes: 1)
        let (room, other) = (RoomID(high: 1, low: 2), RoomID(high: 1, low: 3))
        let first = Peer(cluster, at: cluster.nodes[0], room, .a, from: .v4(0xC000_0301))
        first.drop()
        let second = Peer(cluster, at: cluster.nodes[0], room, .b, from: .v4(0xC000_0302))
        let alone = Peer(cluster, at: cluster.nodes[0], other, .a)
        alone.drop()
        cluster.advance(by: 100)
        #expect(second.isConnected && cluster.engine.stored(room)?.name.owner == .v4(0xC000_0302))
        #expect(cluster.engine.counts[.claim] == 1 && cluster.engine.home(of: other) == nil)
        #expect(cluster.leftovers(of: second) == [])
    }

    /// A claim is the engine's to decide, and both ask at once.
    @Test func ofTwoNodesThatAreAskedForARoomAtOnceOneHasIt() throws {
        let cluster = Cluster(nodes: 4)
        for number in 1...10 as ClosedRange<UInt64> {
            let room = RoomID(high: 9, low: number)
            let peers = [(0, Side.a), (1, .b)].map { Peer(cluster, at: cluster.nodes[Int(number) % 3 + $0], room, $1) }
            cluster.advance(by: 200)
            #expect(peers.allSatisfy { $0.isConnected && $0.takeTexts() == [ReceivedFrame.roomFull.text] })
            for peer in peers { peer.close() }
        }
        #expect(cluster.leftovers() == [])
    }
}
