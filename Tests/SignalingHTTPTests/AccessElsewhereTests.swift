import AccessCore
import AccessRuntime
import Crypto
import HTTPServer
import NIOCore
import NetworkAddresses
import OutgoingHTTP
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// Who may is said by somebody else: keys are published, or a webhook is asked. They hang, lie, and come back.
@Suite struct AccessElsewhereTests {
    // MARK: - Published keys

    @Test func keysAreFetchedOnceAndNewOnesWhenTheyAreNeeded() async throws {
        let (first, second) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let access = try AccessRig([.jwks])
        let waiting = access.begin(AccessRig.mint(try AccessRig.token(AccessRig.claims("alice"), kid: "1", key: first)))
        try await eventually("the keys are asked for") { access.service.open == 1 }
        #expect(waiting.takeSent().readableBytes == 0)
        access.service.answer(200, AccessRig.jwks(["1": first]))
        #expect(try await access.reply(waiting).status == 200)
        // From now on they are known.
        let known = try AccessRig.token(AccessRig.claims("alice"), kid: "1", key: first)
        for _ in 0..<5 { #expect(try access.rig.send(AccessRig.mint(known)).status == 200) }
        #expect(access.service.requests.count == 1)

        // An unknown one is looked for, at most once a minute.
        let rotated = try AccessRig.token(AccessRig.claims("alice"), kid: "2", key: second)
        for _ in 0..<5 { #expect(try access.rig.send(AccessRig.mint(rotated)).isProblem(401, "new token")) }
        #expect(access.service.requests.count == 1)
        access.rig.advance(by: .minutes(1))
        let streams = (0..<5).map { _ in access.begin(AccessRig.mint(rotated)) }
        try await eventually("the keys are asked for again") { access.service.open == 1 }
        access.service.answer(200, AccessRig.jwks(["2": second]))
        for stream in streams { #expect(try await access.reply(stream).status == 200) }
        #expect(access.service.requests.count == 2)
        // The first is published no more. The set has another, and was fetched just now.
        #expect(try access.rig.send(AccessRig.mint(known)).status == 401)
    }

    @Test func whileKeysHangOrLieNobodyIsLetIn() async throws {
        let key = P256.Signing.PrivateKey()
        let access = try AccessRig([.jwks])
        let token = try AccessRig.token(AccessRig.claims("alice"), kid: "1", key: key)
        let hanging = access.begin(AccessRig.mint(token))
        try await eventually("the keys are asked for") { access.service.open == 1 }
        access.rig.advance(by: .milliseconds(2_100))
        let late = try await access.reply(hanging)
        #expect(late.isProblem(503, "found out") && late["Retry-After"] == "2")
        access.service.fail("no response within 2000 ms")
        try await eventually("that is logged") { access.log.lines.contains { "\($0)".contains("AUTH_JWKS") } }

        for (status, body) in [(500, ""), (200, "<html>"), (200, #"{"keys":[]}"#), (302, AccessRig.jwks(["1": key]))] {
            access.rig.advance(by: .seconds(5))
            let stream = access.begin(AccessRig.mint(token))
            try await eventually("the keys are asked for") { access.service.open == 1 }
            access.service.answer(status, body)
            #expect(try await access.reply(stream).status == 503, "\(status)")
        }
        // It comes back.
        access.rig.advance(by: .seconds(5))
        let stream = access.begin(AccessRig.mint(token))
        try await eventually("the keys are asked for") { access.service.open == 1 }
        access.service.answer(200, AccessRig.jwks(["1": key]))
        #expect(try await access.reply(stream).status == 200)

        // Those that are known are used on while newer ones cannot be had.
        access.rig.advance(by: .minutes(4))
        access.service.answerAll(500)
        for _ in 0..<3 {
            #expect(try access.rig.send(AccessRig.mint(token)).status == 200)
            access.rig.advance(by: .seconds(1))
        }
    }

    @Test func keysGrowOldAndAreFetchedBehindTheirUsersBack() async throws {
        let key = P256.Signing.PrivateKey()
        let access = try AccessRig([.jwks])
        access.service.answerAll(200, AccessRig.jwks(["1": key]))
        let long = #"{"aud":"signal","exp":1769899999,"sub":"a"}"#
        let token = try AccessRig.token(long, kid: "1", key: key)
        #expect(try await access.reply(access.begin(AccessRig.mint(token))).status == 200)
        access.rig.advance(by: .minutes(16))
        access.service.answerAll(200, AccessRig.jwks(["2": P256.Signing.PrivateKey()]))
        // This one is served by what is known.
        #expect(try access.rig.send(AccessRig.mint(token)).status == 200)
        try await eventually("the key counts no more") { try access.rig.send(AccessRig.mint(token)).status == 401 }
        #expect(access.service.requests.count == 2)
    }

    // MARK: - A webhook

    @Test func aWebhookIsAskedAndNamesWhoeverItIs() async throws {
        let access = try AccessRig([.webhook])
        let ask = HTTPAsk(
            "POST", "/rendezvous/code", headers: [("Authorization", "Session abc"), ("Origin", "https://app.example")],
            body: #"{"ttl":300}"#)
        let stream = access.begin(ask)
        try await eventually("it is asked") { access.service.open == 1 }
        let asked = try #require(access.service.requests.first)
        #expect(asked.method == .post && asked.url == "https://app.example/may")
        #expect(
            String(decoding: asked.body ?? [], as: UTF8.self) == #"{"action":"mint","client":"192.0.2.1","origin":"https://app.example"}"#)
        #expect(asked.headers.contains { $0.name == "Authorization" && $0.value == "Session abc" })
        #expect(asked.timeout <= .seconds(2) && asked.largestBody == 4096)
        access.service.answer(200, #"{"subject":"u1","ttl":60}"#)
        let reply = try await access.reply(stream)
        #expect(reply.status == 200)
        // The rig's clock says noon.
        #expect(reply.text("expiresAt") == "2026-01-31T12:01:00Z")
        let room = try #require(reply.text("appID").flatMap { RoomID($0.utf8) })
        #expect(reply.text("token") == AccessRig.tokens.token(room, .a, subject: AccessRig.tokens.subject("webhook:u1")).text)
    }

    @Test(arguments: [
        (#"{"ttl":30}"#, #"{"ttl":60}"#, "12:00:30"), (#"{"ttl":90}"#, #"{"ttl":60}"#, "12:01:00"), ("", #"{"ttl":9000}"#, "12:10:00"),
    ])
    func itMayMakeACodesLifeShorterAndNotLonger(wanted: String, said: String, end: String) async throws {
        let access = try AccessRig([.webhook])
        access.service.answerAll(200, said)
        let reply = try await access.reply(access.begin(AccessRig.mint(nil, body: wanted)))
        #expect(reply.text("expiresAt") == "2026-01-31T\(end)Z")
    }

    @Test func itsAnswersAreItsOwn() async throws {
        let access = try AccessRig([.webhook])
        for (status, body, expected) in [
            (204, "", 200), (200, "", 200), (401, "", 401), (403, "", 403), (500, "", 503), (200, "ok", 503), (302, "", 503),
            (404, "", 503),
        ] {
            access.service.answerAll(status, body)
            let reply = try await access.reply(access.begin(AccessRig.mint("Bearer x")))
            #expect(reply.status == expected, "\(status) \(body)")
            #expect(reply["WWW-Authenticate"] == (expected == 401 ? #"Bearer error="invalid_token""# : nil))
        }
        #expect(access.log.lines.count { "\($0)".contains("AUTH_WEBHOOK_URL") } == 1)
        let page = access.rig.text(HTTPAsk("GET", "/metrics"))
        #expect(page.contains(#"nt_access_total{result="forbidden"} 1"#) && page.contains(#"nt_access_total{result="unavailable"} 4"#))
    }

    @Test func itHangsAndComesBack() async throws {
        let access = try AccessRig([.webhook])
        let hanging = access.begin(AccessRig.mint(nil))
        try await eventually("it is asked") { access.service.open == 1 }
        access.rig.advance(by: .milliseconds(1_900))
        #expect(hanging.takeSent().readableBytes == 0)
        access.rig.advance(by: .milliseconds(200))
        #expect(try await access.reply(hanging).isProblem(503, "found out"))
        // Its answer comes too late, and mints nothing.
        access.service.answerAll(204)
        #expect(try await access.reply(access.begin(AccessRig.mint(nil))).status == 200)
        #expect(access.rig.signaling.codes.gauges(now: access.rig.clock.now)?.live == 1)
    }

    @Test func whoLeavesWhileItWaitsGetsNothing() async throws {
        let access = try AccessRig([.webhook])
        let stream = access.begin(AccessRig.mint(nil))
        try await eventually("it is asked") { access.service.open == 1 }
        stream.end(.reset)
        access.service.answer(204)
        // Whoever comes behind it is served after it.
        access.service.answerAll(204)
        #expect(try await access.reply(access.begin(AccessRig.mint(nil))).status == 200)
        #expect(access.rig.signaling.codes.gauges(now: access.rig.clock.now)?.live == 1)
    }

    @Test func onlySoManyAreAskedAboutAtOnce() async throws {
        let access = try AccessRig([.webhook])
        // More than may be asked about, and more than may wait; each from another address.
        let streams = (0..<UInt32(Webhook.mostAsked + Webhook.mostWaiting + 10)).map {
            access.begin(AccessRig.mint(nil), from: .v4(0xC612_0000 + $0))
        }
        try await eventually("as many as may are asked about") { access.service.open == Webhook.mostAsked }
        let refused = streams.filter { String(buffer: $0.takeSent()).hasPrefix("HTTP/1.1 503") }
        #expect(refused.count == 10)
        access.service.answerAll(204)
        for stream in streams.prefix(Webhook.mostAsked + Webhook.mostWaiting) { #expect(try await access.reply(stream).status == 200) }
        #expect(access.service.mostOpen == Webhook.mostAsked)
    }

    @Test func oneAddressCannotKeepItBusy() async throws {
        let access = try AccessRig([.webhook])
        let streams = (0..<Webhook.mostOfClient + 5).map { _ in access.begin(AccessRig.mint(nil)) }
        #expect(streams.filter { String(buffer: $0.takeSent()).hasPrefix("HTTP/1.1 503") }.count == 5)
        let other = access.begin(AccessRig.mint(nil), from: .v4(0xC000_0299))
        access.service.answerAll(204)
        #expect(try await access.reply(other).status == 200)
    }

    @Test func strangersAskItNoMoreThanTheyMay() async throws {
        let access = try AccessRig([.webhook]) { $0.limits.httpPerMinute = 2 }
        access.service.answerAll(401)
        for expected in [401, 401, 429] { #expect(try await access.reply(access.begin(AccessRig.mint(nil))).status == expected) }
        #expect(access.service.requests.count == 2)
    }

    // MARK: - Several of them

    @Test func whoIsKnownHereIsNotAskedAboutElsewhere() async throws {
        let access = try AccessRig([.key, .secret, .webhook])
        access.service.answerAll(200, #"{"subject":"guest"}"#)
        #expect(try access.rig.send(AccessRig.mint("Bearer \(AccessRig.alice.text)")).status == 200)
        #expect(try access.rig.send(AccessRig.mint(try AccessRig.token(AccessRig.claims("alice")))).status == 200)
        #expect(access.service.requests.isEmpty)
        #expect(try await access.reply(access.begin(AccessRig.mint("Bearer whatever"))).status == 200)
        #expect(access.service.requests.count == 1)
    }
}
