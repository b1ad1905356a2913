import ByteStreams
import HTTPServer
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing

/// Where tokens come from, and what becomes of those that are shown.
@Suite struct TokenAPITests {
    private static let name = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34"
    /// Of the key that the rig has.
    private static let tokenA = "9WRKOUTkN-Oxnzs74zHOOA"
    private static let tokenB = "Zp7R68rF0TqFb_uy0IkPDQ"

    @Test func eachSideGetsItsOwn() throws {
        let rig = APIRig()
        let minted = try rig.mint()
        let redeemed = try rig.redeem(try #require(minted.text("code")))
        let appID = try #require(minted.text("appID"))
        let room = try #require(RoomID(appID.utf8))
        let tokens = SideTokens(key: Array(0..<32))
        #expect(minted.text("token") == tokens.token(room, .a).text)
        #expect(redeemed.text("token") == tokens.token(room, .b).text)
    }

    @Test(
        arguments: [
            ("side=A", false), ("side=A&token=\(tokenA)", true), ("side=B&token=\(tokenB)", true),
            ("side=A&token=%39\(tokenA.dropFirst())", true),
            ("side=A&token=\(tokenB)", false), ("side=B&token=\(tokenA)", false), ("side=A&token=", false), ("side=A&token=%zz", false),
            ("side=A&token=\(tokenA)A", false),
        ])
    func theTokenOfTheSideCountsAndNothingElse(query: String, hasToken: Bool) throws {
        let made = Made()
        let rig = APIRig { $0.makeWebSocket = made.make }
        let ask = HTTPAsk("GET", "/ws?appID=\(Self.name)&\(query)", headers: WebSocketClient.upgradeHeaders)
        #expect(try rig.send(ask).status == 101)
        #expect(made.request?.hasToken == hasToken)
    }

    @Test(arguments: [("side=A", 403), ("side=A&token=\(tokenB)", 403), ("side=A&token=\(tokenA)", 101)])
    func whereRoomsAreOfCodesAloneTheTokenIsNeeded(query: String, status: Int) throws {
        let rig = APIRig { $0.rooms = .minted }
        let reply = try rig.send(HTTPAsk("GET", "/ws?appID=\(Self.name)&\(query)", headers: WebSocketClient.upgradeHeaders))
        #expect(reply.status == status)
        if status == 403 { #expect(reply.isProblem(403, "token")) }
        // A page that asks why its upgrade failed is told the same.
        #expect(try rig.send(HTTPAsk("GET", "/ws?appID=\(Self.name)&\(query)")).status == (status == 403 ? 403 : 426))
    }
}
