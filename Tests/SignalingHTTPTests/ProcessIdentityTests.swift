import HTTPServer
import NetworkAddresses
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

/// `GET /rendezvous/server`.
@Suite struct ProcessIdentityTests {
    private static func ask(_ headers: (String, String)...) -> HTTPAsk { HTTPAsk("GET", "/rendezvous/server", headers: headers) }

    @Test func itSaysWhichServerThisIsAndWhomItSees() throws {
        let rig = APIRig { $0.heartbeat = .seconds(7) }
        let reply = try rig.send(Self.ask(), from: .v6(high: 0x2001_0db8_0000_0001, low: 7))
        #expect(reply.status == 200 && reply["Content-Type"] == "application/json" && reply["Cache-Control"] == "no-store")
        #expect(
            reply.body
                == #"{"server":"nt-backend-wrtc","version":"test","instance":"6f1f0a527a3c4a51","heartbeatMs":7000,"shared":false,"#
                + #""client":"2001:db8:0:1::7"}"#)
    }

    @Test func theClientIsTheOneThatATrustedProxyReports() throws {
        let rig = APIRig { $0.proxies = TrustedProxies(blocks: [AddressBlock("192.0.2.0/24")].compactMap { $0 }) }
        let forwarded = ("X-Forwarded-For", "203.0.113.9")
        #expect(try rig.send(Self.ask(forwarded)).text("client") == "203.0.113.9")
        #expect(try rig.send(Self.ask(forwarded), from: .v4(0xc633_6401)).text("client") == "198.51.100.1")
    }

    @Test func aPageOfAnotherOriginIsRefused() throws {
        let rig = APIRig { $0.cors = CORSPolicy(dev: false, allowed: ["https://app.example"]) }
        #expect(try rig.send(Self.ask(("Origin", "https://other.example"))).isProblem(403, "origin"))
        let reply = try rig.send(Self.ask(("Origin", "https://app.example")))
        #expect(reply.status == 200 && reply["Access-Control-Allow-Origin"] == "https://app.example")
    }

    @Test func itCountsAsARequestLikeTheOthers() throws {
        let rig = APIRig { $0.limits.httpPerMinute = 2 }
        #expect(try rig.send(Self.ask()).status == 200)
        #expect(try rig.mint().status == 200)
        #expect(try rig.send(Self.ask()).isProblem(429, "too many requests"))
    }

    @Test func aServerThatIsAboutToEndSaysThat() throws {
        let rig = APIRig()
        rig.signaling.phase.value = .draining
        #expect(try rig.send(Self.ask()).isProblem(503, "shutting down"))
    }
}
