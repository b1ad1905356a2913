import AccessCore
import FairShares
import HTTPServer
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing

/// Codes for those who show a key or a token.
@Suite struct AccessKeyTests {
    private static let alice = "Bearer \(AccessRig.alice.text)"
    private static let bob = "Bearer \(AccessRig.bob.text)"
    private static let nobody = "Bearer \(APIKey(Array(2...33)).text)"

    @Test func whoShowsNothingIsAsked() throws {
        let rig = try AccessRig([.key]).rig
        let reply = try rig.send(AccessRig.mint(nil))
        #expect(reply.isProblem(401, "Authorization: Bearer"))
        #expect(reply["WWW-Authenticate"] == "Bearer")
        #expect(rig.signaling.codes.gauges(now: rig.clock.now)?.live == 0)
    }

    @Test func aWrongKeyIsRefused() throws {
        let rig = try AccessRig([.key]).rig
        for shown in [Self.nobody, "Bearer x", "Bearer \(AccessRig.alice.text)=", "Bearer a.b.c", "Bearer \(AccessRig.alice.digest.hex)"] {
            let reply = try rig.send(AccessRig.mint(shown))
            #expect(reply.isProblem(401, "key"), "\(shown)")
            #expect(reply["WWW-Authenticate"] == #"Bearer error="invalid_token""#)
        }
        let other = try rig.send(AccessRig.mint("Basic \(AccessRig.alice.text)"))
        #expect(other.status == 401 && other["WWW-Authenticate"] == "Bearer")
    }

    @Test func twoFieldsCouldBeReadInTwoWays() throws {
        let rig = try AccessRig([.key]).rig
        let twice = HTTPAsk("POST", "/rendezvous/code", headers: [("Authorization", Self.alice), ("authorization", Self.nobody)])
        #expect(try rig.send(twice).isProblem(401, "one Authorization"))
    }

    @Test func theKeyOpensAndTheTokenNamesItsHolder() throws {
        let rig = try AccessRig([.key]).rig
        let minted = try rig.send(AccessRig.mint(Self.alice))
        #expect(minted.status == 200)
        let room = try #require(minted.text("appID").flatMap { RoomID($0.utf8) })
        let subject = AccessRig.tokens.subject("key:alice")
        #expect(minted.text("token") == AccessRig.tokens.token(room, .a, subject: subject).text)
        // Whoever redeems it need not be known.
        let redeemed = try rig.redeem(try #require(minted.text("code")))
        #expect(redeemed.text("token") == AccessRig.tokens.token(room, .b).text)
    }

    @Test func aWebSocketCountsForTheHolderOfTheToken() throws {
        let rig = try AccessRig([.key]).rig
        let minted = try rig.send(AccessRig.mint(Self.alice))
        let (room, token) = (try #require(minted.text("appID")), try #require(minted.text("token")))
        let redeemed = try rig.redeem(try #require(minted.text("code")))
        func open(_ side: String, _ token: String) -> MemoryStream {
            let stream = rig.connect()
            stream.receive(
                ByteBuffer(
                    string: HTTPAsk("GET", "/ws?appID=\(room)&side=\(side)&token=\(token)", headers: WebSocketClient.upgradeHeaders).text))
            return stream
        }
        let a = open("A", token)
        #expect(String(buffer: a.takeSent()).hasPrefix("HTTP/1.1 101"))
        let alice = ClientAddress.subject(AccessRig.tokens.subject("key:alice"))
        let address = ClientAddress.v4(0xC000_0201)
        let shares = rig.signaling.shares
        #expect(shares.held(.webSockets, by: alice) == 1 && shares.held(.webSockets, by: address) == 0)
        #expect(shares.held(.rooms, by: alice) == 1)
        let b = open("B", try #require(redeemed.text("token")))
        #expect(String(buffer: b.takeSent()).hasPrefix("HTTP/1.1 101"))
        #expect(shares.held(.webSockets, by: alice) == 1 && shares.held(.webSockets, by: address) == 1)
        a.end(.reset)
        #expect(shares.held(.webSockets, by: alice) == 0)
    }

    @Test func noRoomOpensWithoutACode() throws {
        let rig = try AccessRig([.key]).rig
        let ask = HTTPAsk("GET", "/ws?appID=6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34&side=A", headers: WebSocketClient.upgradeHeaders)
        #expect(try rig.send(ask).status == 403)
    }

    // MARK: - As one client

    @Test func theHolderIsTheClientFromWhateverAddress() throws {
        let rig = try AccessRig([.key]) { $0.limits.httpPerMinute = 2 }.rig
        let statuses = try (0..<3).map { try rig.send(AccessRig.mint(Self.alice), from: .v4(0xC000_0210 + $0)).status }
        #expect(statuses == [200, 200, 429])
        #expect(try rig.send(AccessRig.mint(Self.bob), from: .v4(0xC000_0210)).status == 200)
    }

    @Test func codesCountForTheHolder() throws {
        let rig = try AccessRig([.key]) { $0.clientCodes = 2 }.rig
        let statuses = try (0..<3).map { try rig.send(AccessRig.mint(Self.alice), from: .v4(0xC000_0210 + $0)).status }
        #expect(statuses == [200, 200, 429])
        #expect(try rig.send(AccessRig.mint(Self.bob)).status == 200)
        #expect(rig.signaling.shares.held(.codes, by: .subject(AccessRig.tokens.subject("key:alice"))) == 2)
    }

    @Test func whoIsRefusedCountsByAddressAndTakesNothingFromOthers() throws {
        let rig = try AccessRig([.key]) { $0.limits.httpPerMinute = 2 }.rig
        let statuses = try (0..<4).map { _ in try rig.send(AccessRig.mint(Self.nobody)).status }
        #expect(statuses == [401, 401, 429, 429])
        #expect(try rig.send(AccessRig.mint(Self.nobody), from: .v4(0xC000_0299)).status == 401)
        // A key is good from there all the same.
        #expect(try rig.send(AccessRig.mint(Self.alice)).status == 200)
    }

    // MARK: - Redeeming

    @Test func redeemingIsAskedForWhereThatIsWanted() throws {
        let rig = try AccessRig([.key], redeem: true).rig
        let minted = try rig.send(AccessRig.mint(Self.alice))
        let code = try #require(minted.text("code"))
        #expect(try rig.send(AccessRig.redeem(code, nil)).status == 401)
        let redeemed = try rig.send(AccessRig.redeem(code, Self.bob))
        #expect(redeemed.status == 200)
        let room = try #require(redeemed.text("appID").flatMap { RoomID($0.utf8) })
        #expect(redeemed.text("token") == AccessRig.tokens.token(room, .b, subject: AccessRig.tokens.subject("key:bob")).text)
    }

    /// Else one holder of many keys could guess as often as it has keys.
    @Test func guessesCountForTheAddressWhoeverMakesThem() throws {
        let rig = try AccessRig([.key], redeem: true) { $0.limits.redeemFailuresPerMinute = 1 }.rig
        #expect(try rig.send(AccessRig.redeem("0000", Self.alice)).status == 410)
        let second = rig.text(AccessRig.redeem("0001", Self.bob))
        #expect(!second.hasPrefix("HTTP/1.1 410"))
        #expect(try rig.send(AccessRig.redeem("0001", Self.bob), from: .v4(0xC000_0302)).status == 410)
    }

    @Test func nothingNewIsAskedWhileTheServerEnds() throws {
        let rig = try AccessRig([.key]).rig
        rig.signaling.phase.value = .draining
        #expect(try rig.send(AccessRig.mint(nil)).status == 503)
    }

    // MARK: - Tokens

    @Test func aTokenOpens() throws {
        let rig = try AccessRig([.key, .secret]).rig
        let minted = try rig.send(AccessRig.mint(try AccessRig.token(AccessRig.claims("alice"))))
        let room = try #require(minted.text("appID").flatMap { RoomID($0.utf8) })
        // Another than the key's alice.
        #expect(minted.text("token") == AccessRig.tokens.token(room, .a, subject: AccessRig.tokens.subject("jwt:alice")).text)
        #expect(try rig.send(AccessRig.mint(Self.alice)).status == 200)
        #expect(try rig.send(AccessRig.mint(Self.nobody)).isProblem(401, "key"))
        let expired = try rig.send(AccessRig.mint(try AccessRig.token(#"{"aud":"signal","exp":1769860000}"#)))
        #expect(expired.isProblem(401, "expired") && expired["WWW-Authenticate"] == #"Bearer error="invalid_token""#)
        let anonymous = try rig.send(AccessRig.mint(try AccessRig.token(#"{"aud":"signal","exp":1769861100}"#)))
        #expect(anonymous.text("token")?.utf8.count == SideToken.length)
    }

    /// What does not fit in a head is refused before anybody reads it as a token; what does is read.
    @Test func aTokenMayBeAsLongAsAField() throws {
        let rig = try AccessRig([.secret]).rig
        #expect(rig.text(AccessRig.mint("Bearer " + String(repeating: "a", count: 1_000_000))).hasPrefix("HTTP/1.1 431"))
        let long = try AccessRig.token(#"{"aud":"signal","exp":1769861100,"more":"\#(String(repeating: "x", count: 5_500))"}"#)
        #expect(long.utf8.count > 7_000)
        #expect(try rig.send(AccessRig.mint(long)).status == 200)
        #expect(try rig.send(AccessRig.mint("Bearer " + String(repeating: ".", count: 8_000))).status == 401)
    }

    // MARK: - What is said about it

    @Test func theMetricsCountAndTheLogNames() throws {
        let access = try AccessRig([.key])
        _ = try access.rig.send(AccessRig.mint(Self.alice))
        _ = try access.rig.send(AccessRig.mint(nil))
        _ = try access.rig.send(AccessRig.mint(Self.nobody))
        let page = access.rig.text(HTTPAsk("GET", "/metrics"))
        #expect(page.contains(#"nt_access_total{result="admitted"} 1"#) && page.contains(#"nt_access_total{result="unauthorized"} 2"#))
        let lines = access.log.lines.map { "\($0)" }.joined(separator: "\n")
        #expect(lines.contains("key:alice") && lines.contains("unknown_key") && lines.contains("missing"))
        for secret in [AccessRig.alice.text, Self.nobody.dropFirst(7).description] { #expect(!lines.contains(secret)) }
    }

    @Test func whereEverybodyMayNothingIsLookedAt() throws {
        let rig = APIRig()
        let minted = try rig.send(AccessRig.mint("Bearer nonsense"))
        #expect(minted.status == 200 && minted.text("token")?.utf8.count == SideToken.length)
    }
}
