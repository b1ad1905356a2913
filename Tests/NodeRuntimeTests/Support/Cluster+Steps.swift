import EngineScripts
import NIOCore
import NetworkAddresses
import NodeRuntime
import SignalingTestKit
import SignalingWire
import Testing

/// What tests do again and again.
extension Cluster {
    func mint(at node: ServerNode, from client: ClientAddress = .v4(0xC000_0201)) throws -> (code: String, room: RoomID, token: String) {
        let reply = try self.reply(to: .mint, at: node, from: client)
        guard reply.status == 200, let code = reply.text("code"), let room = reply.text("appID").flatMap({ RoomID($0.utf8) }),
            let token = reply.text("token")
        else { throw SocketFailure.unexpected("no code: \(reply)") }
        return (code, room, token)
    }

    func redeem(
        _ code: String, id: String? = nil, at node: ServerNode, from client: ClientAddress = .v4(0xC000_0201)
    ) throws -> HTTPReply { try self.reply(to: .redeem(code, id: id), at: node, from: client) }

    /// A client that is connected, whose connection has joined its room.
    func join(
        _ room: RoomID, _ side: Side, at node: ServerNode, sid: String? = nil, token: String? = nil,
        from client: ClientAddress = .v4(0xC000_0201)
    ) throws -> Peer {
        let peer = Peer(self, at: node, room, side, sid: sid, token: token, from: client)
        _ = self.advance(until: { peer.response != nil })
        try #require(peer.status == 101, "\(String(describing: peer.response))")
        return peer
    }

    /// Two clients of one room that know of each other.
    func pair(_ a: ServerNode, _ b: ServerNode, _ room: RoomID? = nil) throws -> (a: Peer, b: Peer, room: RoomID) {
        let room = room ?? RoomID(high: self.number(), low: self.number())
        let peers = (try self.join(room, .a, at: a, sid: "a"), try self.join(room, .b, at: b, sid: "b"))
        self.advance(by: 10)
        try #require(peers.0.takeTexts() == [ReceivedFrame.roomFull.text] && peers.1.takeTexts() == [ReceivedFrame.roomFull.text])
        return (peers.0, peers.1, room)
    }

    /// Everybody leaves, and what is left after a while is told in words.
    func leftovers(of peers: Peer...) -> [String] {
        for peer in peers where !peer.isOver { peer.close() }
        self.advance(by: 1000)
        self.endClients()
        self.advance(by: 11_000)
        return self.nodes.flatMap(\.leftovers)
    }

    /// The room is another's than what `home` says it is.
    func node(_ name: String) -> ServerNode? { self.nodes.first { $0.node.identity.names.contains { $0.text == name } } }

    func home(of room: RoomID) -> ServerNode? { self.engine.home(of: room).flatMap { self.node($0.node.text) } }
}

extension HTTPAsk {
    static let mint = HTTPAsk("POST", "/rendezvous/code")

    static func redeem(_ code: String, id: String? = nil) -> HTTPAsk {
        let name = id.map { #","id":"\#($0)""# } ?? ""
        return HTTPAsk(
            "POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")], body: #"{"code":"\#(code)"\#(name)}"#)
    }
}
