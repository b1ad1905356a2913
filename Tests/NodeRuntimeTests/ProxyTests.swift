import HTTPServer
import NetworkAddresses
import SignalingTestKit
import SignalingWire
import Testing

/// Servers behind a proxy: what it says of a client holds at each of them.
struct ProxyTests {
    private static let proxy = ClientAddress.v4(0xC000_0263)
    private static let fields = [("Origin", "https://localhost"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.7")]

    /// Only the server that the proxy connects to can tell that the page is its own.
    @Test func aPageOfTheServersOwnIsServedWhereverItsRoomIs() throws {
        let blocks = [try #require(AddressBlock("192.0.2.99/32"))]
        let cluster = Cluster(nodes: 2) {
            $0.cors = CORSPolicy(dev: false, allowed: [])
            $0.proxies = TrustedProxies(blocks: blocks)
        }
        let room = RoomID(high: 1, low: 2)
        let a = Peer(cluster, at: cluster.nodes[0], room, .a, from: Self.proxy, fields: Self.fields)
        cluster.advance(by: 200)
        let b = Peer(cluster, at: cluster.nodes[1], room, .b, from: Self.proxy, fields: Self.fields)
        cluster.advance(by: 200)
        #expect(a.isConnected && b.isConnected, "\(String(describing: a.response)) \(String(describing: b.response))")
        // Nobody takes the other node for a proxy that is to be trusted.
        #expect(cluster.nodes.allSatisfy { !$0.log.text.contains("X-Forwarded-For comes from a peer") })
        #expect(cluster.leftovers(of: a, b) == [])
    }

    @Test func aPageOfAnotherSiteIsRefusedWhereItComes() throws {
        let cluster = Cluster(nodes: 2) { $0.cors = CORSPolicy(dev: false, allowed: []) }
        let room = RoomID(high: 1, low: 2)
        let a = try cluster.join(room, .a, at: cluster.nodes[0])
        let b = Peer(cluster, at: cluster.nodes[1], room, .b, fields: [("Origin", "https://elsewhere.example")])
        cluster.advance(by: 200)
        #expect(b.status == 403)
        #expect(cluster.leftovers(of: a, b) == [])
    }
}
