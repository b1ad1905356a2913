import ByteStreams
import NIOCore
import NetworkAddresses
import SignalingRuntime
import SignalingSession
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// A session holds its connection and its place in a room, and nothing of that afterwards.
@Suite struct LifetimeTests {
    private struct Parts {
        weak var session: SignalingSession?
        weak var connection: WebSocketConnection?
        weak var outbox: Outbox?

        init(_ connection: WebSocketConnection) {
            self.session = connection.sink as? SignalingSession
            self.connection = connection
            self.outbox = connection.outbox
        }

        var areAlive: Bool { self.session != nil && self.connection != nil && self.outbox != nil }
        var areGone: Bool { self.session == nil && self.connection == nil && self.outbox == nil }
    }

    /// The parts of every connection of a story that is played to its end, when nobody holds the network any more.
    private func parts(after story: (SessionRig) throws -> [MemoryWebSocket]) rethrows -> [Parts] {
        let rig = SessionRig()
        var parts: [Parts] = []
        for socket in try story(rig) {
            #expect(!socket.isOpen)
            parts.append(Parts(socket.connection))
        }
        #expect(rig.parts.signaling.rooms.count == 0 && rig.openWebSockets == 0)
        #expect(rig.context.timers.count == 0 && rig.context.connections.count == 0)
        return parts
    }

    @Test func aPairingLeavesNothingBehind() throws {
        let parts = try self.parts { rig in
            let (a, b) = try rig.pair()
            b.setWritable(false)
            a.send(text: #"{"type":"ice","cand":""# + String(repeating: "c", count: 140_000) + #""}"#)
            a.send(.close(1000))
            b.drop()
            a.drop()
            return [a, b]
        }
        #expect(parts.count == 2 && parts.allSatisfy(\.areGone))
    }

    @Test func takeoversAndChallengesLeaveNothingBehind() throws {
        let parts = self.parts { rig in
            let old = rig.connect(.a, sid: "s")
            let new = rig.connect(.a, sid: "s")
            let challenger = rig.connect(.a)
            let busy = rig.connect(.a)
            rig.advance(by: .seconds(3))
            for socket in [old, new, challenger, busy] { socket.drop() }
            return [old, new, challenger, busy]
        }
        #expect(parts.count == 4 && parts.allSatisfy(\.areGone))
    }

    /// While a connection is being closed, and after, the others of its room have nothing of it.
    @Test func whoLeavesIsNotKeptByItsRoom() throws {
        let rig = SessionRig()
        let b = rig.connect(.b)
        // Beside the rig's network, which keeps what it connects.
        var stream: MemoryStream? = MemoryStream(context: rig.context)
        var parts: Parts?
        do {
            let loop = rig.parts.signaling.loop(rig.context)
            #expect(rig.parts.signaling.admission.admit(.upgrade, client: .v4(1), loop) == .admitted)
            let connection = rig.parts.connection(
                for: .init(room: SessionRig.room, side: .a, sid: nil, client: .v4(1)), pingSeed: 1, on: rig.context)
            parts = Parts(connection)
            stream?.begin(connection)
        }
        #expect(parts?.areAlive == true)
        #expect(try b.received() == [.roomFull])
        b.setWritable(false)
        stream?.receive(.init(bytes: ClientFrame.text(#"{"type":"ice","cand":""# + String(repeating: "c", count: 140_000) + #""}"#).bytes))
        stream?.end(.fin)
        stream = nil
        b.setWritable(true)
        #expect(parts?.areGone == true)
        #expect(b.isOpen)
        #expect(try b.received().last == .peerLeft)
    }
}
