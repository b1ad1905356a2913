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

/// Rooms that another node takes, or is given.
struct HomesChangeTests {
    @Test func aRoomThatWasTakenIsClosedAndItsClientsFindItElsewhere() throws {
        let cluster = Cluster(nodes: 2)
        let (first, second) = (cluster.nodes[0], cluster.nodes[1])
        let (a, b, room) = try cluster.pair(first, first)
        a.send(#"{"type":"send","to":"B","payload":1,"ref":1}"#)
        cluster.advance(by: 100)
        first.pause()
        cluster.advance(by: 5000)
        let again = try cluster.join(room, .a, at: second, sid: "a")
        #expect(cluster.home(of: room) === second)
        first.goOn()
        cluster.advance(by: 1500)
        #expect(a.closeCode == 1001 && b.closeCode == 1001)
        let other = try cluster.join(room, .b, at: first, sid: "b")
        other.send(#"{"type":"hello","mailbox":""}"#)
        cluster.advance(by: 100)
        #expect(again.takeTexts() == [ReceivedFrame.roomFull.text])
        #expect(other.takeTexts().last == #"{"type":"deliver","seq":1,"payload":1}"#)
        #expect(first.rooms.openPassedOn == 1)
        #expect(cluster.leftovers(of: a, b, again, other) == [])
    }

    /// It was silent for so long that it has no lease any more. Nobody wanted its room meanwhile.
    @Test func aNodeWhoseLeaseHasLapsedKeepsWhatNobodyTook() throws {
        let cluster = Cluster(nodes: 2)
        let first = cluster.nodes[0]
        let (a, b, room) = try cluster.pair(first, cluster.nodes[1])
        let name = first.name
        first.pause()
        cluster.advance(by: 12_000)
        first.goOn()
        cluster.advance(by: 1500)
        #expect(first.name != name && first.node.leasesLost == 1)
        #expect(cluster.home(of: room) === first && a.isConnected && b.isConnected)
        a.send(#"{"type":"send","to":"B","payload":1,"ref":1}"#)
        cluster.advance(by: 100)
        #expect(a.takeTexts() == [#"{"type":"accepted","ref":1}"#])
        #expect(cluster.leftovers(of: a, b) == [])
    }

    /// Until it knows that no room was taken from it.
    @Test func aNodeThatWasSilentServesNobodyNewBeforeItKnowsMore() throws {
        let cluster = Cluster(nodes: 1)
        let node = cluster.nodes[0]
        let (a, b, room) = try cluster.pair(node, node)
        cluster.engine.pause()
        cluster.advance(by: 4500)
        let late = Peer(cluster, at: node, room, .a, sid: "a")
        cluster.advance(by: 100)
        #expect(late.status == 503)
        cluster.engine.goOn()
        cluster.advance(by: 2000)
        let again = try cluster.join(room, .a, at: node, sid: "a")
        cluster.advance(by: 100)
        #expect(a.closeCode == 4001)
        #expect(cluster.leftovers(of: a, b, again) == [])
    }

    @Test(arguments: [true, false])
    func aNodeThatDrainsGivesItsRoomsUp(closesListener: Bool) throws {
        let cluster = Cluster(nodes: 2)
        let (first, second) = (cluster.nodes[0], cluster.nodes[1])
        let (a, b, room) = try cluster.pair(first, second)
        a.send(#"{"type":"send","to":"B","payload":1,"ref":1}"#)
        cluster.advance(by: 100)
        #expect(a.takeTexts() == [#"{"type":"accepted","ref":1}"#])
        var hasEnded = false
        first.drain(closesListener: closesListener) { hasEnded = true }
        cluster.advance(by: 10)
        #expect(a.takeTexts().map { $0.contains("going_away") } == [true])
        // The client of the other node comes back at once; it need not wait until the room's home has ended.
        b.drop()
        let again = try cluster.join(room, .b, at: second, sid: "b")
        #expect(!hasEnded && cluster.home(of: room) === second)
        again.send(#"{"type":"hello","mailbox":""}"#)
        cluster.advance(by: 1500)
        #expect(again.takeTexts().last == #"{"type":"deliver","seq":1,"payload":1}"#)
        #expect(a.closeCode == 1001)
        cluster.advance(by: 3000)
        #expect(hasEnded && cluster.nodes.count == 1 && second.node.others == [])
        #expect(first.leftovers == [])
        #expect(cluster.leftovers(of: again) == [])
    }

    @Test func aNodeThatHasNoRoomsLeavesAtOnce() throws {
        let cluster = Cluster(nodes: 2)
        var hasEnded = false
        cluster.nodes[0].drain { hasEnded = true }
        cluster.advance(by: 1000)
        #expect(hasEnded && cluster.nodes[0].node.others.isEmpty || cluster.advance(until: { cluster.nodes[0].node.others.isEmpty }))
    }

    @Test func aNodeThatWasKilledIsTakenItsRoomsFrom() throws {
        let cluster = Cluster(nodes: 2)
        let (first, second) = (cluster.nodes[0], cluster.nodes[1])
        let (a, b, room) = try cluster.pair(first, second)
        a.send(#"{"type":"send","to":"B","payload":1,"ref":1}"#)
        cluster.advance(by: 100)
        first.kill()
        #expect(cluster.advance(until: { b.isOver }))
        // Whoever comes at once waits until it is known that the home is gone.
        let again = try cluster.join(room, .b, at: second, sid: "b")
        #expect(cluster.home(of: room) === second)
        again.send(#"{"type":"hello","mailbox":""}"#)
        cluster.advance(by: 100)
        #expect(again.takeTexts().last == #"{"type":"deliver","seq":1,"payload":1}"#)
        #expect(cluster.leftovers(of: a, b, again) == [])
    }
}
