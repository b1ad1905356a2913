import HTTPServer
import ICECore
import MetricsCore
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Synchronization
import Testing
import TimeKeeping

/// The ICE servers in responses, and who is given credentials.
@Suite struct ICEAPITests {
    private static let name = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34"
    /// Of the key that the rig has.
    private static let tokenA = "9WRKOUTkN-Oxnzs74zHOOA"
    private static let tokenB = "Zp7R68rF0TqFb_uy0IkPDQ"

    private static func turn() throws -> ICEServers.TURN {
        ICEServers.TURN(
            urls: [try ICEURL("turn:t.example:3478"), try ICEURL("turns:t.example:443?transport=tcp")],
            credentials: TURNCredentials(secret: Array("north".utf8)), ttl: .minutes(60))
    }

    private static func ask(_ query: String = "appID=\(name)&side=A", _ headers: (String, String)...) -> HTTPAsk {
        HTTPAsk("GET", "/rendezvous/ice?\(query)", headers: headers)
    }

    private static let bearer = ("Authorization", "Bearer \(tokenA)")

    // MARK: - Mint and redeem

    @Test func whereThereIsNothingToGiveNothingIsSaid() throws {
        let rig = APIRig { $0.ice.listed = ICEServerList() }
        #expect(try !rig.mint().body.contains("ice"))
        // A server that has a STUN server which is not bound.
        let unbound = APIRig { $0.ice.ownSTUNPort = { nil } }
        #expect(try !unbound.mint().body.contains("ice"))
    }

    @Test(arguments: [
        ("rendezvous.example", "rendezvous.example"), ("rendezvous.example:8443", "rendezvous.example"),
        ("[2001:db8::1]:1234", "[2001:db8::1]"),
        ("192.0.2.7", "192.0.2.7"),
    ])
    func theOwnSTUNServerIsWhereTheClientFindsThisOne(host: String, shown: String) throws {
        let rig = APIRig { $0.ice.ownSTUNPort = { 3478 } }
        let minted = try rig.send(HTTPAsk("POST", "/rendezvous/code", headers: [("Host", host)]))
        #expect(minted.body.hasSuffix(#","iceServers":[{"urls":["stun:\#(shown):3478"]}]}"#))
        #expect(PlainJSON(Array(minted.body.utf8)) != nil)
        let redeem = HTTPAsk(
            "POST", "/rendezvous/redeem", headers: [("Host", host), ("Content-Type", "application/json")],
            body: #"{"code":"\#(try #require(minted.text("code")))"}"#)
        #expect(try rig.send(redeem).body.hasSuffix(#","iceServers":[{"urls":["stun:\#(shown):3478"]}]}"#))
        #expect(rig.signaling.metrics.counts.iceCredentials[.mint] == 0)
    }

    @Test func aHostThatNoURLCanHaveIsLeftOut() throws {
        let rig = APIRig { $0.ice.ownSTUNPort = { 3478 } }
        #expect(try !rig.send(HTTPAsk("POST", "/rendezvous/code", headers: [("Host", "a%22b")])).body.contains("ice"))
    }

    @Test func whetherTheOwnSTUNServerIsBoundIsAskedEachTime() throws {
        let port = Port()
        let rig = APIRig { $0.ice.ownSTUNPort = { port.value } }
        #expect(try !rig.mint().body.contains("ice"))
        port.set(3479)
        #expect(try rig.mint().body.contains(#""iceServers":[{"urls":["stun:localhost:3479"]}]"#))
    }

    @Test func theOperatorsListStandsInForTheOwnServer() throws {
        let list = try ICEServerList(parsing: "stun:s.example,stuns:s.example:5349")
        let rig = APIRig {
            $0.ice.ownSTUNPort = { 3478 }
            $0.ice.listed = list
        }
        #expect(try rig.mint().body.hasSuffix(#","iceServers":[{"urls":["stun:s.example","stuns:s.example:5349"]}]}"#))
    }

    @Test func eachSideGetsCredentialsOfItsOwn() throws {
        let turn = try Self.turn()
        let rig = APIRig {
            $0.ice.turn = turn
            $0.ice.ownSTUNPort = { 3478 }
        }
        let minted = try rig.mint()
        let appID = try #require(minted.text("appID"))
        let room = try #require(RoomID(appID.utf8))
        func expected(_ side: Side) -> String {
            // Noon, and an hour.
            let username = turn.credentials.username(room, side, expiresAt: 1_769_860_800 + 3600)
            return #","iceServers":[{"urls":["stun:localhost:3478"]},{"urls":["turn:t.example:3478","turns:t.example:443?transport=tcp"],"#
                + #""username":"\#(username)","credential":"\#(turn.credentials.credential(for: username))"}],"iceServersExpireInMs":3600000}"#
        }
        #expect(minted.body.hasSuffix(expected(.a)))
        let redeemed = try rig.redeem(try #require(minted.text("code")))
        #expect(redeemed.body.hasSuffix(expected(.b)))
        #expect(rig.signaling.metrics.counts.iceCredentials[.mint] == 1 && rig.signaling.metrics.counts.iceCredentials[.redeem] == 1)
        // Whoever reads the room's name in a TURN server's log could open it.
        #expect(!expected(.a).contains(String(appID.prefix(8))))
    }

    @Test func aRedemptionThatIsRepeatedHasThemToo() throws {
        let turn = try Self.turn()
        let rig = APIRig { $0.ice.turn = turn }
        let code = try #require(try rig.mint().text("code"))
        let ask = HTTPAsk(
            "POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")],
            body: #"{"code":"\#(code)","id":"6f1f0a527a3c4a519d0c2f0e8f1b9c34"}"#)
        let first = try rig.send(ask).body
        #expect(first.contains("iceServersExpireInMs"))
        #expect(try rig.send(ask).body == first)
    }

    @Test func aCodeThatWaitedHasThemToo() throws {
        let turn = try Self.turn()
        let rig = APIRig {
            $0.ice.turn = turn
            $0.ice.ownSTUNPort = { 3478 }
            $0.limits.redeemFailuresPerMinute = 6
        }
        let code = try #require(try rig.mint().text("code"))
        let wrong = code == "1234" ? "4321" : "1234"
        for _ in 0..<6 { #expect(try rig.redeem(wrong).status == 410) }
        let stream = rig.connect()
        let body = #"{"code":"\#(code)"}"#
        stream.receive(
            ByteBuffer(
                string: HTTPAsk(
                    "POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json"), ("Host", "waiting.example")], body: body
                ).text))
        #expect(stream.takeSent().readableBytes == 0)
        rig.advance(by: .seconds(11))
        let sent = String(buffer: stream.takeSent())
        #expect(sent.hasPrefix("HTTP/1.1 200 ") && sent.contains("stun:waiting.example:3478") && sent.contains(#""credential":""#))
    }

    // MARK: - As often as a client may

    @Test func whoHasHadEnoughGetsTheRestAndATime() throws {
        let turn = try Self.turn()
        let rig = APIRig {
            $0.ice.turn = turn
            $0.ice.ownSTUNPort = { 3478 }
            $0.limits.icePerMinute = 2
        }
        #expect(try rig.mint().body.contains("credential"))
        #expect(try rig.send(Self.ask("appID=\(Self.name)&side=A", Self.bearer)).body.contains("credential"))
        rig.clock.advance(by: .seconds(20))
        // The code is not lost.
        let minted = try rig.mint()
        #expect(minted.body.hasSuffix(#","iceServers":[{"urls":["stun:localhost:3478"]}],"iceServersRetryAfterMs":40000}"#))
        #expect(try rig.redeem(try #require(minted.text("code"))).body.contains(#""iceServersRetryAfterMs":40000}"#))
        let refused = try rig.send(Self.ask("appID=\(Self.name)&side=A", Self.bearer))
        #expect(refused.isProblem(429, "too often") && refused["Retry-After"] == "40")
        #expect(rig.signaling.metrics.counts.rateLimited[.ice] == 3)
        // Another client is another.
        #expect(try rig.send(HTTPAsk("POST", "/rendezvous/code"), from: .v4(0xC000_0301)).body.contains("credential"))
        rig.advance(by: .seconds(40))
        #expect(try rig.mint().body.contains("credential"))
    }

    @Test func listsWithoutCredentialsDoNotCount() throws {
        let rig = APIRig {
            $0.ice.ownSTUNPort = { 3478 }
            $0.limits.icePerMinute = 1
        }
        for _ in 0..<5 {
            #expect(try rig.mint().body.contains("stun:"))
            #expect(try rig.send(Self.ask("appID=\(Self.name)&side=A", Self.bearer)).status == 200)
        }
        #expect(rig.signaling.limits.keyCount == 0)
    }

    @Test func whereOnlyCredentialsWereToGiveTheListIsEmpty() throws {
        let turn = try Self.turn()
        let rig = APIRig {
            $0.ice.turn = turn
            $0.limits.icePerMinute = 1
        }
        _ = try rig.mint()
        #expect(try rig.mint().body.hasSuffix(#","iceServers":[],"iceServersRetryAfterMs":60000}"#))
    }

    // MARK: - Fresh ones

    @Test func aSideWithItsTokenGetsFreshOnes() throws {
        let turn = try Self.turn()
        let list = try ICEServerList(parsing: "stun:s.example")
        let rig = APIRig {
            $0.ice.turn = turn
            $0.ice.listed = list
        }
        for (side, token, username) in [
            ("A", Self.tokenA, "1769864400:6a51631ce2507e95"), ("B", Self.tokenB, "1769864400:f0ea0dc64bcccac0"),
        ] {
            for scheme in ["Bearer ", "bearer ", "BEARER   "] {
                let reply = try rig.send(Self.ask("appID=\(Self.name)&side=\(side)", ("Authorization", scheme + token)))
                let credential = turn.credentials.credential(for: username)
                #expect(
                    reply.body
                        == #"{"iceServers":[{"urls":["stun:s.example"]},{"urls":["turn:t.example:3478","turns:t.example:443?transport=tcp"],"#
                        + #""username":"\#(username)","credential":"\#(credential)"}],"expiresInMs":3600000}"#)
                #expect(reply.status == 200 && reply["Cache-Control"] == "no-store" && reply["Content-Type"] == "application/json")
            }
        }
        #expect(rig.signaling.metrics.counts.iceCredentials[.ice] == 6)
    }

    @Test func anEmptyListIsAResponse() throws {
        let reply = try APIRig().send(Self.ask("appID=\(Self.name)&side=A", Self.bearer))
        #expect(reply.status == 200 && reply.body == #"{"iceServers":[]}"#)
    }

    @Test(
        arguments: [
            ("", nil), ("Bearer", "invalid"), ("Bearer ", "invalid"), ("Bearer \(tokenB)", "invalid"), ("Bearer \(tokenA)A", "invalid"),
            ("Bearer\(tokenA)", "invalid"), ("Basic \(tokenA)", "invalid"), (tokenA, "invalid"), ("Bearer \(tokenA) x", "invalid"),
        ] as [(String, String?)])
    func whoDoesNotShowTheSidesTokenGetsNothing(authorization: String, error: String?) throws {
        let turn = try Self.turn()
        let rig = APIRig { $0.ice.turn = turn }
        var ask = Self.ask()
        if error != nil { ask.headers.append(("Authorization", authorization)) }
        let reply = try rig.send(ask)
        #expect(reply.isProblem(401, "Authorization: Bearer"))
        #expect(reply["WWW-Authenticate"] == (error == nil ? "Bearer" : #"Bearer error="invalid_token""#))
        #expect(rig.signaling.metrics.counts.iceCredentials[.ice] == 0 && rig.signaling.limits.ice.keyCount == 0)
    }

    @Test func twoAuthorizationsAreNone() throws {
        let reply = try APIRig().send(Self.ask("appID=\(Self.name)&side=A", Self.bearer, ("Authorization", "Bearer x")))
        #expect(reply.status == 401)
    }

    @Test(arguments: ["", "side=A", "appID=\(name)", "appID=\(name)&side=C", "appID=\(name)&side=a", "appID=1&side=A", "appID=%zz&side=A"])
    func whatNamesNoSideIsMalformed(query: String) throws {
        #expect(try APIRig().send(Self.ask(query, Self.bearer)).isProblem(400, query.contains("appID=6") ? "side must" : "appID must"))
    }

    @Test func aServerThatIsAboutToEndGivesNothing() throws {
        let rig = APIRig()
        rig.signaling.phase.value = .draining
        let reply = try rig.send(Self.ask("appID=\(Self.name)&side=A", Self.bearer))
        #expect(reply.isProblem(503, "shutting down") && reply["Retry-After"] == "1")
    }

    @Test func itCountsAsARequestLikeTheOthers() throws {
        let rig = APIRig { $0.limits.httpPerMinute = 2 }
        #expect(try rig.mint().status == 200)
        #expect(try rig.send(Self.ask()).status == 401)
        #expect(try rig.send(Self.ask("appID=\(Self.name)&side=A", Self.bearer)).isProblem(429, "too many requests"))
        #expect(try rig.mint().status == 429)
    }

    @Test func aPageOfAnotherOriginGetsNothing() throws {
        let rig = APIRig { $0.cors = CORSPolicy(dev: false, allowed: ["https://app.example"]) }
        let query = "appID=\(Self.name)&side=A"
        #expect(try rig.send(Self.ask(query, Self.bearer, ("Origin", "https://other.example"))).isProblem(403, "origin"))
        let reply = try rig.send(Self.ask(query, Self.bearer, ("Origin", "https://app.example")))
        #expect(reply.status == 200 && reply["Access-Control-Allow-Origin"] == "https://app.example")
    }

    // MARK: - A provider's

    @Test func aProvidersListIsAddedForAsLongAsItIsGood() throws {
        let provided = ProvidedServers(life: .minutes(120))
        let turn = try Self.turn()
        let rig = APIRig {
            $0.ice.provided = provided
            $0.ice.turn = turn
            $0.ice.ownSTUNPort = { 3478 }
        }
        #expect(try rig.mint().body.contains(#""iceServers":[{"urls":["stun:localhost:3478"]},{"urls":["turn:t.example"#))
        let body = #"{"iceServers":[{"urls":["stun:p.example","turn:p.example"],"username":"u","credential":"p"}],"ttl":1800}"#
        let list = try ProvidedList(Array(body.utf8), unixSeconds: 1_769_860_800)
        _ = provided.asked(.success(list), now: rig.clock.now, jitter: 0)
        rig.advance(by: .seconds(600))
        let minted = try rig.mint().body
        // STUN first, and the life of what ends first.
        #expect(minted.contains(#""iceServers":[{"urls":["stun:localhost:3478"]},{"urls":["stun:p.example"]},{"urls":["turn:t.example"#))
        #expect(minted.hasSuffix(#",{"urls":["turn:p.example"],"username":"u","credential":"p"}],"iceServersExpireInMs":1200000}"#))
        _ = provided.asked(.failure(ProviderFailure("no")), now: rig.clock.now, jitter: 0)
        rig.advance(by: .milliseconds(1_199_999))
        let last = try rig.mint().body
        #expect(last.contains("turn:p.example") && last.hasSuffix(#""iceServersExpireInMs":1}"#))
        rig.advance(by: .milliseconds(1))
        let later = try rig.mint().body
        #expect(!later.contains("p.example") && later.hasSuffix(#""iceServersExpireInMs":3600000}"#))
    }

    @Test func aProvidersCredentialsCountAsWell() throws {
        let provided = ProvidedServers(life: .minutes(120))
        let rig = APIRig {
            $0.ice.provided = provided
            $0.limits.icePerMinute = 1
        }
        // Where there are none yet, nothing is counted.
        for _ in 0..<3 { #expect(try !rig.mint().body.contains("ice")) }
        let list = try ProvidedList(Array(#"[{"urls":["stun:p","turn:p"],"username":"u","credential":"p"}]"#.utf8), unixSeconds: 0)
        _ = provided.asked(.success(list), now: rig.clock.now, jitter: 0)
        #expect(try rig.mint().body.contains("credential"))
        #expect(try rig.mint().body.hasSuffix(#","iceServers":[{"urls":["stun:p"]}],"iceServersRetryAfterMs":60000}"#))
    }

    @Test func whatTheOperatorWroteDownDoesNotEnd() throws {
        let list = try ICEServerList(parsing: #"[{"urls":"turn:s.example","username":"u","credential":"p"}]"#)
        let rig = APIRig {
            $0.ice.listed = list
            $0.limits.icePerMinute = 1
        }
        let entry = #"{"urls":["turn:s.example"],"username":"u","credential":"p"}"#
        #expect(try rig.mint().body.hasSuffix(#","iceServers":[\#(entry)]}"#))
        #expect(try rig.mint().body.hasSuffix(#","iceServers":[],"iceServersRetryAfterMs":60000}"#))
    }
}

private final class Port: Sendable {
    private let port = Atomic<Int>(0)

    var value: Int? {
        let port = self.port.load(ordering: .relaxed)
        return port > 0 ? port : nil
    }

    func set(_ port: Int) { self.port.store(port, ordering: .relaxed) }
}
