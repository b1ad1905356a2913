import DoctorCore
import NetworkAddresses
import Testing

/// What is made of the way to the server: name, port, certificate, proxy.
@Suite struct WayFindingTests {
    private static let now = 1_800_000_000
    private static let day = 86_400

    private static func certificate(
        from: Int = -90, to: Int = 60, isSelfIssued: Bool = false
    ) -> ServedCertificates.Certificate {
        .init(notBefore: self.now + from * self.day, notAfter: self.now + to * self.day, isSelfIssued: isSelfIssued, issuer: "R11")
    }

    @Test(
        arguments: [
            (ConnectionOutcome.open, Finding.Level.ok, "accepts"), (.unknownName, .fault, "no address"), (.refused, .fault, "refuses"),
            (.unanswered(seconds: 5), .fault, "within 5 s"), (.failed("x"), .fault, "x"),
        ])
    func aConnection(outcome: ConnectionOutcome, level: Finding.Level, words: String) {
        let finding = Finding.connection(outcome, to: "rendezvous.example port 443")
        #expect(finding.level == level && finding.fact.contains(words) && finding.fact.contains("rendezvous.example port 443"))
        #expect((finding.advice == nil) == (level == .ok))
    }

    @Test(
        arguments: [
            (ServedCertificates(chain: [certificate()], names: ["a.example"]), Finding.Level.ok, "good for 60 days", nil),
            (ServedCertificates(chain: [certificate(to: 3)]), .warning, "ends in 3 days", "certbot"),
            (ServedCertificates(chain: [certificate(to: -2)], isTrusted: false), .fault, "the certificate ended 2 days ago", "renew"),
            (
                ServedCertificates(chain: [certificate(), certificate(to: -1)], isTrusted: false), .fault, "of the chain ended 1 day",
                "renew"
            ),
            (ServedCertificates(chain: [certificate(from: 1)], isTrusted: false), .fault, "good only in 1 day", "clock"),
            (ServedCertificates(chain: [certificate(isSelfIssued: true)], isTrusted: false), .fault, "signed by itself", "--ca-file"),
            (ServedCertificates(chain: [certificate()], isTrusted: false), .fault, "certificate of R11 is not sent", "fullchain.pem"),
            (ServedCertificates(chain: [certificate(), certificate()], isTrusted: false), .fault, "ends with R11", "intermediate"),
            (
                ServedCertificates(chain: [certificate()], names: ["a.example", "192.0.2.1"], fitsName: false), .fault,
                "for a.example, 192.0.2.1, and not for rendezvous.example", "names rendezvous.example"
            ),
            // The store of this machine has one that is good.
            (ServedCertificates(chain: [certificate(), certificate(to: -1)], names: ["a.example"]), .ok, "good for 60 days", nil),
            (ServedCertificates(chain: [], failure: .notTLS), .fault, "does not speak it", "http://"),
            (ServedCertificates(chain: [], failure: .alert("internal error")), .fault, "internal error", "for rendezvous.example"),
            (ServedCertificates(chain: [certificate()], failure: .unanswered), .fault, "in time", "log"),
            (ServedCertificates(chain: [], failure: .other("x")), .fault, "x", "log"),
            (ServedCertificates(chain: []), .fault, "no certificate", "log"),
        ] as [(ServedCertificates, Finding.Level, String, String?)])
    func aCertificate(facts: ServedCertificates, level: Finding.Level, words: String, advice: String?) {
        let finding = Finding.certificate(facts, for: "rendezvous.example", now: Self.now)
        #expect(finding.level == level && finding.fact.contains(words), "\(finding)")
        #expect(advice.map { finding.advice?.contains($0) == true } ?? (finding.advice == nil), "\(finding)")
    }

    // MARK: - The server

    private static let identity = Identity(version: "1", instance: "a", client: "192.0.2.1", heartbeatMs: 20_000)

    @Test(
        arguments: [
            (Answer.wanted(identity), "", Finding.Level.ok, "nt-backend-wrtc 1", nil),
            (.other(Reply(status: 404, detail: "no such resource")), "", .warning, "of a version", "update"),
            (.other(Reply(status: 404, detail: "no such resource")), "/signal", .fault, "passes /signal on", "location /signal/"),
            (.other(Reply(status: 404, text: "<html>")), "/signal", .fault, "not from nt-backend-wrtc", "under /signal/"),
            (.other(Reply(status: 400, detail: "a PROXY header came")), "", .fault, "cannot read", "PROXY_PROTOCOL=true"),
            (.other(Reply(status: 400, detail: "Host must be a name")), "", .fault, "400: Host", "log"),
            (.other(Reply(status: 400, text: "The plain HTTP request was sent to HTTPS port")), "", .fault, "speaks TLS", "https://"),
            (.other(Reply(status: 421, detail: "host")), "", .fault, "421", "ALLOWED_HOSTS"),
            (.other(Reply(status: 429, detail: "many")), "", .fault, "429: many", "HTTP_RATE_PER_MIN"),
            (.other(Reply(status: 503, detail: "shutting down")), "", .fault, "503: shutting down", "/readyz"),
            (.other(Reply(status: 500, detail: "x")), "", .fault, "500: x", "log"),
            (.other(Reply(status: 502)), "", .fault, "502: the proxy", "start the server"),
            (.other(Reply(status: 504)), "", .fault, "504: the proxy", "start the server"),
            (.other(Reply(status: 301)), "", .fault, "redirect", "address that it leads to"),
            (.other(Reply(status: 401)), "", .fault, "401", "/rendezvous/ and /ws"),
            (.other(Reply(status: 200, text: "<html>")), "", .fault, "something else", "pass / on"),
            (.other(Reply(status: 418)), "", .fault, "418", "log of the proxy"),
            (.none("the connection ended"), "", .fault, "the connection ended", "https://"),
        ] as [(Answer<Identity>, String, Finding.Level, String, String?)])
    func aServer(answer: Answer<Identity>, path: String, level: Finding.Level, words: String, advice: String?) {
        let finding = Finding.server(answer, path: path, isSecure: false)
        #expect(finding.level == level && finding.fact.contains(words), "\(finding)")
        #expect(advice.map { finding.advice?.contains($0) == true } ?? (finding.advice == nil), "\(finding)")
    }

    @Test func instancesAreToldApart() {
        func identity(_ instance: String, shared: Bool = false) -> Identity {
            Identity(version: "1", instance: instance, client: "192.0.2.1", heartbeatMs: 1, shared: shared)
        }
        #expect(Finding.instances([identity("a"), identity("a")]) == nil)
        let two = Finding.instances([identity("a"), identity("b"), identity("a")])
        #expect(two?.level == .fault && two?.fact.hasPrefix("2 processes") == true && two?.advice?.contains("STORE=") == true)
        #expect(Finding.instances([identity("a", shared: true), identity("b", shared: true)])?.level == .ok)
        #expect(Finding.instances([identity("a", shared: true), identity("b")])?.level == .fault)
    }

    @Test func originsAreAllowedOrNot() {
        let origin = "https://app.example"
        #expect(Finding.origin(origin, .allowed).level == .ok)
        let refused = Finding.origin(origin, .refused(Reply(status: 403, detail: "pages of this origin may not")))
        #expect(refused.level == .fault && refused.advice == "add https://app.example to CORS_ORIGINS")
        #expect(Finding.origin(origin, .refused(Reply(status: 403))).advice?.contains("proxy") == true)
        #expect(Finding.origin(origin, .refused(Reply(status: 500))).level == .fault)
        #expect(Finding.origin(origin, .unreadable([origin, "*"])).fact.hasSuffix("is there 2 times"))
        #expect(Finding.origin(origin, .unreadable([])).fact.hasSuffix("is not there"))
        #expect(Finding.origin(origin, .notAsked(405)).advice?.contains("OPTIONS") == true)
        #expect(Finding.origin(origin, .unanswered("late")).fact.contains("late"))
        #expect(Finding.page(.wanted(Self.identity), origin: origin)?.level == .ok)
        let page = Finding.page(.other(Reply(status: 403, detail: "pages")), origin: origin)
        #expect(page?.level == .fault && page?.advice?.contains("X-Forwarded-Proto") == true)
        #expect(Finding.page(.none("late"), origin: origin) == nil)
    }

    @Test func metricsAreForFew() {
        let finding = Finding.metrics(isPublic: true, path: "/signal/metrics")
        #expect(finding.level == .warning && finding.fact.contains("/signal/metrics"))
        #expect(finding.advice?.contains("METRICS_ADDRESS") == true)
        #expect(Finding.metrics(isPublic: false, path: "/metrics").level == .ok)
    }

    // MARK: - Addresses

    @Test(
        arguments: [
            ("203.0.113.7", ["203.0.113.7"], Finding.Level.ok), ("203.0.113.7", ["192.168.1.4", "203.0.113.7"], .ok),
            ("203.0.113.7", ["192.168.1.4"], .ok), ("172.17.0.1", ["192.168.1.4"], .warning), ("127.0.0.1", ["203.0.113.7"], .warning),
            ("198.51.100.1", ["192.168.1.4", "203.0.113.7"], .warning), ("2001:db8::1", ["203.0.113.7"], .ok),
            ("10.0.0.5", ["10.0.0.5"], .ok), ("fd00::1", [], .warning),
        ])
    func whomTheServerSees(seen: String, own: [String], level: Finding.Level) throws {
        let finding = Finding.clientAddress(seen: try #require(ClientAddress(seen)), own: own.compactMap { ClientAddress($0) })
        #expect(finding.level == level && finding.fact.contains(seen), "\(finding)")
        #expect((finding.advice?.contains("TRUSTED_PROXIES") == true) == (level == .warning))
    }

    @Test func whatIsMadeUpIsNotBelieved() {
        #expect(Finding.forwardedFor(isBelieved: false, isOwnMachine: false).level == .ok)
        #expect(Finding.forwardedFor(isBelieved: true, isOwnMachine: false).level == .fault)
        #expect(Finding.forwardedFor(isBelieved: true, isOwnMachine: true).level == .warning)
    }
}
