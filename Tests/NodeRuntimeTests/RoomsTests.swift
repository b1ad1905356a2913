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

/// Rooms whose clients are connected to several nodes.
struct RoomsTests {
    @Test func bothSidesOfARoomMeetWhereverTheyAreConnected() throws {
        let cluster = Cluster(nodes: 3)
        let (a, b, room) = try cluster.pair(cluster.nodes[1], cluster.nodes[2])
        #expect(cluster.home(of: room) === cluster.nodes[1])
        #expect(cluster.nodes[2].rooms.openPassedOn == 1)
        #expect(cluster.nodes[1].signaling.admission.openPassedHere == 1)
        let frames = (1...20).map { number in
            #"{ "type" : "ice", "n":\#(number), "p":"\#(String(repeating: "é😀 \\u00e9", count: number * number * 20))"}"#
        }
        for frame in frames {
            a.send(frame)
            b.send(frame)
        }
        cluster.advance(by: 100)
        #expect(a.takeTexts() == frames)
        #expect(b.takeTexts() == frames)
        b.close()
        cluster.advance(by: 100)
        #expect(b.isOver && a.takeTexts() == [ReceivedFrame.peerLeft.text])
        #expect(cluster.leftovers(of: a, b) == [])
    }

    @Test func anItemIsStoredBeforeItIsAccepted() throws {
        let cluster = Cluster(nodes: 2)
        let (a, b, room) = try cluster.pair(cluster.nodes[0], cluster.nodes[1])
        cluster.engine.pause()
        b.send(#"{"type":"send","to":"A","payload":"x","ref":1}"#)
        cluster.advance(by: 1000)
        #expect(a.takeTexts() == [] && b.takeTexts() == [])
        cluster.engine.goOn()
        cluster.advance(by: 10)
        #expect(cluster.engine.stored(room)?.a.items.map { String(buffer: $0) } == ["\"x\""])
        #expect(b.takeTexts() == [#"{"type":"accepted","ref":1}"#])
        #expect(a.takeTexts() == [#"{"type":"deliver","seq":1,"payload":"x"}"#])
        a.send(#"{"type":"delivered","upTo":1}"#)
        cluster.advance(by: 100)
        #expect(cluster.engine.stored(room)?.a.items == [] && cluster.engine.stored(room)?.a.acknowledged == 1)
        #expect(cluster.leftovers(of: a, b) == [])
    }

    @Test func anItemThatCannotBeStoredIsRefusedAndNeverDelivered() throws {
        let cluster = Cluster(nodes: 1)
        let (a, b, room) = try cluster.pair(cluster.nodes[0], cluster.nodes[0])
        cluster.engine.refusal = ([.store], .init("OOM command not allowed when used memory > 'maxmemory'."))
        b.send(#"{"type":"send","to":"A","payload":"x","ref":1}"#)
        cluster.advance(by: 4000)
        #expect(b.takeTexts().map { $0.contains("mailbox_full") && $0.contains(#""ref":1"#) } == [true])
        cluster.engine.refusal = nil
        b.send(#"{"type":"send","to":"A","payload":"y","ref":2}"#)
        cluster.advance(by: 500)
        #expect(b.takeTexts() == [#"{"type":"accepted","ref":2}"#])
        #expect(a.takeTexts() == [#"{"type":"deliver","seq":1,"payload":"y"}"#])
        #expect(cluster.engine.stored(room)?.a.items.map { String(buffer: $0) } == ["\"y\""])
    }

    @Test func whatARoomKeepsIsFoundAtAnotherNode() throws {
        let cluster = Cluster(nodes: 2)
        let room = RoomID(high: 1, low: 2)
        let a = try cluster.join(room, .a, at: cluster.nodes[0], sid: "a")
        for ref in 1...3 { a.send(#"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#) }
        cluster.advance(by: 100)
        #expect(a.takeTexts().count == 3)
        a.close()
        cluster.advance(by: 6000)
        #expect(cluster.nodes[0].leftovers == [] && cluster.engine.home(of: room) == nil)
        cluster.nodes[0].kill()
        let b = try cluster.join(room, .b, at: cluster.nodes[0], sid: "b")
        b.send(#"{"type":"hello","mailbox":""}"#)
        cluster.advance(by: 100)
        #expect(b.takeTexts().dropFirst() == (1...3).map { #"{"type":"deliver","seq":\#($0),"payload":\#($0)}"# }[...])
        b.send(#"{"type":"send","to":"A","payload":4,"ref":1}"#)
        cluster.advance(by: 100)
        #expect(b.takeTexts() == [#"{"type":"accepted","ref":1}"#])
    }

    /// The registry of rooms and the home of one do not forget it in one step.
    @Test func aRoomIsThereForWhoeverWasToldSoAlthoughAllOthersHaveLeft() throws {
        let cluster = Cluster(nodes: 1)
        let room = RoomID(high: 1, low: 2)
        let a = try cluster.join(room, .a, at: cluster.nodes[0])
        cluster.moving = { 100 }
        let b = Peer(cluster, at: cluster.nodes[0], room, .b)
        cluster.advance(by: 50)
        a.drop()
        cluster.advance(by: 200)
        cluster.moving = { 0 }
        #expect(b.isConnected, "\(String(describing: b.closeCode))")
        let again = try cluster.join(room, .a, at: cluster.nodes[0])
        cluster.advance(by: 100)
        #expect(b.takeTexts().last == ReceivedFrame.roomFull.text && again.takeTexts() == [ReceivedFrame.roomFull.text])
        #expect(cluster.leftovers(of: again, b) == [])
    }
}
