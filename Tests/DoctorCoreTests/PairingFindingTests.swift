import DoctorCore
import ICECore
import NetworkAddresses
import Testing

/// What is made of codes, connections, and the servers that peers need.
@Suite struct PairingFindingTests {
    private static let stripped = Reply(status: 426, detail: "this is for WebSockets")

    @Test(
        arguments: [
            (CodeOutcome.works, false, Finding.Level.ok, "minted", nil),
            (.notRedeemed(Reply(status: 410, detail: "gone")), false, .fault, "unknown a moment after", "two instances"),
            (.notMinted(Reply(status: 401, detail: "show a key")), false, .warning, "show a key", "NT_AUTHORIZATION"),
            (.notRedeemed(Reply(status: 401, detail: "show a key")), false, .warning, "show a key", "NT_AUTHORIZATION"),
            (.notMinted(Reply(status: 401, detail: "not that key")), true, .fault, "not that key", "log"),
            (.notMinted(Reply(status: 429, detail: "many")), false, .fault, "429", "HTTP_RATE_PER_MIN"),
            (.notRedeemed(Reply(status: 429, detail: "many")), false, .fault, "429", "REDEEM_FAILURES_PER_MIN"),
            (.notMinted(Reply(status: 405)), false, .fault, "not from", "POST"),
            (.unanswered("late"), false, .fault, "late", "log"),
        ] as [(CodeOutcome, Bool, Finding.Level, String, String?)])
    func aCode(outcome: CodeOutcome, hasAuthorization: Bool, level: Finding.Level, words: String, advice: String?) {
        let finding = Finding.code(outcome, hasAuthorization: hasAuthorization)
        #expect(finding.level == level && finding.fact.contains(words), "\(finding)")
        #expect(advice.map { finding.advice?.contains($0) == true } ?? (finding.advice == nil), "\(finding)")
    }

    @Test(
        arguments: [
            (UpgradeOutcome.refused(stripped), "does not pass the upgrade on", "proxy_set_header Upgrade"),
            (.refused(Reply(status: 400, detail: "HTTP/1.1")), "does not pass the upgrade on", "proxy_http_version 1.1"),
            (.refused(Reply(status: 403, detail: "pages of this origin")), "403", "CORS_ORIGINS"),
            (.refused(Reply(status: 429, detail: "many")), "429", "WS_RATE_PER_MIN"),
            (.refused(Reply(status: 503, detail: "full")), "503", "MAX_CONNECTIONS"),
            (.refused(Reply(status: 404)), "404", "/ws"), (.refused(Reply(status: 502)), "502", "worker_connections"),
            (.unanswered("late"), "late", "WebSockets"),
        ] as [(UpgradeOutcome, String, String)])
    func anUpgradeThatFails(outcome: UpgradeOutcome, words: String, advice: String) {
        let finding = Finding.upgrade(outcome)
        #expect(finding.level == .fault && finding.fact.contains(words) && finding.advice?.contains(advice) == true, "\(finding)")
    }

    @Test func aPairing() {
        #expect(Finding.upgrade(.open).level == .ok && Finding.pairing(.paired).level == .ok && Finding.frames(lost: []).level == .ok)
        #expect(Finding.pairing(.apart(seconds: 5)).advice?.contains("STORE=") == true)
        #expect(Finding.pairing(.closed(code: 1006, reason: "")).advice?.contains("proxy") == true)
        #expect(Finding.pairing(.closed(code: 1008, reason: "side A busy")).fact.contains("1008 (side A busy)"))
        #expect(Finding.frames(lost: ["from A to B", "from B to A"]).fact.contains("from A to B and from B to A"))
    }

    @Test func idleConnections() {
        #expect(Finding.idle(.stayed, heldMs: 60_000).fact.contains("60 s"))
        let cut = Finding.idle(.cut(afterMs: 1_530, code: 1006), heldMs: 60_000)
        #expect(cut.level == .fault && cut.fact.contains("after 1.5 s (code 1006); it should stay for 60 s"))
        #expect(cut.advice?.contains("proxy_read_timeout") == true)
        #expect(Finding.idle(.cut(afterMs: 1_530, code: 1001), heldMs: 60_000).advice?.contains("proxy") == false)
    }

    @Test func manyConnections() {
        #expect(Finding.connections(CrowdFacts(wanted: 500, opened: 500)).level == .ok)
        let full = Finding.connections(
            CrowdFacts(wanted: 500, opened: 99, obstacle: .upgrade(.refused(Reply(status: 503, detail: "full")))))
        #expect(full.level == .fault && full.fact.contains("connection 100 of 500") && full.advice?.contains("MAX_CONNECTIONS") == true)
        let proxy = Finding.connections(CrowdFacts(wanted: 500, opened: 99, obstacle: .upgrade(.unanswered("the connection ended"))))
        #expect(proxy.advice?.contains("worker_connections") == true)
        #expect(Finding.connections(CrowdFacts(wanted: 500, opened: 500, lost: 3)).level == .fault)
        let own = CrowdFacts(wanted: 500, opened: 200, obstacle: .upgrade(.unanswered("x")), isOwnLimit: true)
        #expect(Finding.connections(own).level == .warning)
        let codes = CrowdFacts(wanted: 500, opened: 60, obstacle: .code(.notMinted(Reply(status: 429, detail: "many"))))
        let finding = Finding.connections(codes)
        #expect(finding.fact.contains("no code for connection 61 of 500") && finding.advice?.contains("CLIENT_CODES_MAX") == true)
    }

    // MARK: - STUN and TURN

    private static func urls(_ texts: String...) throws -> [ICEURL] { try texts.map { try ICEURL($0) } }

    @Test func aListOfServers() throws {
        let turn = try Self.urls("stun:turn.example", "turn:turn.example")
        #expect(Finding.iceServers(ICEFacts(urls: turn), isLocal: false).level == .ok)
        let stunAlone = Finding.iceServers(ICEFacts(urls: try Self.urls("stun:turn.example")), isLocal: false)
        #expect(stunAlone.level == .warning && stunAlone.fact.contains("no TURN"))
        #expect(Finding.iceServers(ICEFacts(), isLocal: false).fact.hasPrefix("none"))
        let unusable = ICEFacts(urls: turn, unusable: ["turn://x"])
        #expect(Finding.iceServers(unusable, isLocal: false).fact.contains("turn://x"))
        #expect(Finding.iceServers(ICEFacts(urls: turn, isOverLimit: true), isLocal: false).advice?.contains("CLIENT_ICE_PER_MIN") == true)
        let local = ICEFacts(urls: try Self.urls("stun:127.0.0.1:3478", "turn:turn.example"))
        #expect(Finding.iceServers(local, isLocal: false).advice?.contains("Host") == true)
        #expect(Finding.iceServers(local, isLocal: true).level == .ok)
    }

    @Test(
        arguments: [
            (MappingOutcome.mapped(.v4(0xc000_0201)), Finding.Level.ok, "192.0.2.1", nil), (.rejected("420"), .fault, "420", "STUN server"),
            (.unanswered, .fault, "does not respond", "port 3478 (UDP)"),
            (.unreachable("nothing listens there"), .fault, "nothing", "3478"),
        ] as [(MappingOutcome, Finding.Level, String, String?)])
    func aSTUNServer(outcome: MappingOutcome, level: Finding.Level, words: String, advice: String?) throws {
        let finding = Finding.stun(outcome, try ICEURL("stun:turn.example"))
        #expect(finding.level == level && finding.fact.contains(words) && finding.subject == "stun:turn.example", "\(finding)")
        #expect(advice.map { finding.advice?.contains($0) == true } ?? (finding.advice == nil), "\(finding)")
    }

    @Test(
        arguments: [
            (RelayOutcome.relayed(.v4(0xc000_0201), seenAs: nil), "2000:x", Finding.Level.ok, "192.0.2.1", nil),
            (.relayed(.v4(0x0a00_0001), seenAs: nil), "2000:x", .fault, "10.0.0.1", "external-ip"),
            (.rejected(code: 401, reason: "Unauthorized"), "2000:x", .fault, "refuses the credential (401 Unauthorized)", "TURN_SECRET"),
            (.rejected(code: 401, reason: ""), "1000:x", .fault, "expired", "clock"),
            (.rejected(code: 401, reason: ""), "alice", .fault, "refuses the credential", "TURN_SECRET"),
            (.rejected(code: 486, reason: ""), "2000:x", .fault, "no space", "user-quota"),
            (.rejected(code: 508, reason: ""), "2000:x", .fault, "no address or port", "min-port"),
            (.rejected(code: 403, reason: ""), "2000:x", .fault, "refuses (403)", "log"),
            (.unanswered, "2000:x", .fault, "does not respond", "port 443 (TCP)"),
            (.unreachable("nothing listens there"), "2000:x", .fault, "nothing listens", "port 443 (TCP)"),
        ] as [(RelayOutcome, String, Finding.Level, String, String?)])
    func aTURNServer(outcome: RelayOutcome, username: String, level: Finding.Level, words: String, advice: String?) throws {
        let url = try ICEURL("turns:turn.example:443?transport=tcp")
        let finding = Finding.turn(outcome, url, username: username, server: .v4(0xcb00_7107), now: 1500)
        #expect(finding.level == level && finding.fact.contains(words) && finding.subject == url.text, "\(finding)")
        #expect(advice.map { finding.advice?.contains($0) == true } ?? (finding.advice == nil), "\(finding)")
    }

    // MARK: - Words

    @Test func aFindingIsALineAndOneOfAdvice() {
        let text = DoctorText(isColoured: false)
        let lines = text.lines(Finding.upgrade(.refused(Self.stripped)))
        #expect(lines.count == 2 && lines[0].hasPrefix("fault   upgrade        the proxy"))
        #expect(lines.last?.hasPrefix(String(repeating: " ", count: 23) + "→ nginx") == true)
        #expect(text.lines(Finding.upgrade(.open)) == ["ok      upgrade        WebSockets come through"])
        #expect(DoctorText(isColoured: true).lines(Finding.upgrade(.open))[0].hasPrefix("\u{1b}[32mok"))
    }

    @Test func theWorstFindingIsWhatItEndsWith() {
        let (ok, warning) = (Finding.upgrade(.open), Finding.metrics(isPublic: true, path: "/metrics"))
        let (fault, skipped) = (Finding.upgrade(.unanswered("late")), Finding.skipped(.pairing, "not looked at"))
        #expect([ok, skipped].exitCode == 0 && [ok, warning].exitCode == 1 && [fault, warning, ok].exitCode == 2)
        #expect(DoctorText(isColoured: false).summary([ok, warning, fault, fault, skipped]) == "1 ok, 1 warning, 2 faults, 1 skipped")
    }
}
