import NIOCore
import RESPCore
import SignalingTestKit
import Testing

@Suite struct RESPSessionTests {
    private static let digest = String(repeating: "a0", count: 20)

    private static func hello(role: String = "master", version: String = "7.0.15", mode: String = "standalone") -> RESPValue {
        .map([
            RESPEntry(.bulk("server"), .bulk("redis")), RESPEntry(.bulk("version"), .bulk(version)), RESPEntry(.bulk("proto"), .integer(3)),
            RESPEntry(.bulk("id"), .integer(5)), RESPEntry(.bulk("mode"), .bulk(mode)), RESPEntry(.bulk("role"), .bulk(role)),
            RESPEntry(.bulk("modules"), .array([])),
        ])
    }

    private static func configuration(_ pairs: (String, String)...) -> RESPValue {
        .map(pairs.map { RESPEntry(.bulk($0), .bulk($1)) })
    }

    private static func error(_ text: String) -> RESPValue { .error(RESPError(text)) }

    /// A session with one script, and what it comes to with these replies behind HELLO's.
    private static func outcome(
        hello: RESPValue = Self.hello(), name: RESPValue = .simple("OK"), database: RESPValue = .simple("OK"),
        configuration: RESPValue = Self.configuration(("maxmemory-policy", "noeviction"), ("appendonly", "yes"), ("save", "")),
        script: RESPValue = .bulk(Self.digest), needsPrimary: Bool = true
    ) -> RESPSession.Step {
        var session = RESPSession(
            .init(clientName: "nt", database: 2, scripts: [RESPScript(name: "mint", text: "return 1")], needsPrimary: needsPrimary))
        _ = session.begin()
        var step = session.replied(hello)
        guard case .send = step else { return step }
        for reply in [name, database, configuration, script] {
            step = session.replied(reply)
            guard step == .wait else { return step }
        }
        return step
    }

    private static func refusal(_ step: RESPSession.Step) -> SessionRefusal? {
        if case .refuse(let refusal) = step { refusal } else { nil }
    }

    private static func warnings(_ step: RESPSession.Step) -> [String]? {
        if case .ready(let facts) = step { facts.warnings } else { nil }
    }

    @Test func whatIsSaid() {
        let scripts = [RESPScript(name: "a", text: "return 1"), RESPScript(name: "b", text: "return 2")]
        var session = RESPSession(.init(user: "u", password: "p", clientName: "nt", database: 3, scripts: scripts))
        #expect(session.begin() == [["HELLO", 3, "AUTH", "u", "p"]])
        #expect(
            session.replied(Self.hello())
                == .send([
                    ["CLIENT", "SETNAME", "nt"], ["SELECT", 3], ["CONFIG", "GET", "maxmemory-policy", "appendonly", "save"],
                    ["SCRIPT", "LOAD", "return 1"], ["SCRIPT", "LOAD", "return 2"],
                ]))
        #expect(session.replied(.simple("OK")) == .wait)
        #expect(session.replied(.simple("OK")) == .wait)
        #expect(session.replied(Self.configuration(("save", "3600 1"), ("maxmemory-policy", "noeviction"), ("appendonly", "no"))) == .wait)
        #expect(session.replied(.bulk(Self.digest)) == .wait)
        var facts = SessionFacts()
        (facts.server, facts.version, facts.digests) = ("redis", "7.0.15", [Self.digest, Self.digest])
        #expect(session.replied(.bulk(Self.digest)) == .ready(facts))
    }

    @Test func whatNeedNotBeSaidIsNot() {
        var session = RESPSession(.init(clientName: "nt"))
        #expect(session.begin() == [["HELLO", 3]])
        #expect(
            session.replied(Self.hello())
                == .send([["CLIENT", "SETNAME", "nt"], ["CONFIG", "GET", "maxmemory-policy", "appendonly", "save"]]))
        var other = RESPSession(.init(password: "p", clientName: "nt"))
        #expect(other.begin() == [["HELLO", 3, "AUTH", "default", "p"]])
    }

    @Test func enginesThatMayBeUsed() {
        #expect(Self.warnings(Self.outcome()) == [])
        for version in ["7.0.0", "7.2.4", "8.1.3", "10.0", "9"] {
            #expect(Self.warnings(Self.outcome(hello: Self.hello(version: version))) == [], "\(version)")
        }
        #expect(Self.warnings(Self.outcome(hello: Self.hello(role: "replica"), needsPrimary: false)) == [])
    }

    @Test func enginesThatMayBeUsedWithAWarning() {
        let noPermission = Self.error("NOPERM this user has no permissions to run the 'config|get' command")
        for (step, part) in [
            (Self.outcome(name: Self.error("NOPERM no")), "name"), (Self.outcome(configuration: noPermission), "maxmemory-policy"),
            (Self.outcome(configuration: Self.error("ERR unknown command 'CONFIG'")), "maxmemory-policy"),
            (Self.outcome(configuration: .map([])), "maxmemory-policy"),
            (
                Self.outcome(configuration: Self.configuration(("save", ""), ("appendonly", "no"), ("maxmemory-policy", "noeviction"))),
                "disk"
            ),
        ] {
            let warnings = Self.warnings(step)
            #expect(warnings?.count == 1 && warnings?.first?.contains(part) == true, "\(step)")
        }
    }

    @Test func enginesThatAreRefused() {
        for (step, kind) in [
            (Self.outcome(hello: Self.error("NOAUTH HELLO must be called with the client already authenticated")), .password),
            (Self.outcome(hello: Self.error("WRONGPASS invalid username-password pair or user is disabled.")), .password),
            (Self.outcome(hello: Self.error("NOPROTO unsupported protocol version")), .tooOld),
            (Self.outcome(hello: Self.error("ERR unknown command `HELLO`")), .tooOld),
            (Self.outcome(hello: Self.error("ERR max number of clients reached")), .other),
            (Self.outcome(hello: Self.error("DENIED Redis is running in protected mode")), .permission),
            (Self.outcome(hello: Self.error("LOADING Redis is loading the dataset in memory")), .notReady),
            (Self.outcome(hello: .simple("OK")), .other), (Self.outcome(hello: .map([])), .other),
            (Self.outcome(hello: Self.hello(version: "6.2.14")), .tooOld), (Self.outcome(hello: Self.hello(version: "x")), .tooOld),
            (Self.outcome(hello: Self.hello(role: "replica")), .notPrimary), (Self.outcome(hello: Self.hello(mode: "cluster")), .wrongMode),
            (
                Self.outcome(hello: .map([RESPEntry(.bulk("version"), .bulk("7.0.15")), RESPEntry(.bulk("mode"), .bulk("sentinel"))])),
                .wrongMode
            ),
            (Self.outcome(database: Self.error("ERR DB index is out of range")), .database),
            (Self.outcome(configuration: Self.configuration(("maxmemory-policy", "allkeys-lru"))), .evicts),
            (Self.outcome(configuration: Self.configuration(("maxmemory-policy", "volatile-ttl"))), .evicts),
            (Self.outcome(script: Self.error("ERR Error compiling script (new function): user_script:1: unexpected symbol")), .script),
            (Self.outcome(script: Self.error("NOPERM this user has no permissions to run the 'script|load' command")), .script),
            (Self.outcome(script: Self.error("LOADING")), .notReady), (Self.outcome(script: .bulk("abc")), .other),
            (Self.outcome(script: .bulk(String(repeating: "x", count: 40))), .other),
        ] as [(RESPSession.Step, SessionRefusal.Kind)] {
            let refusal = Self.refusal(step)
            #expect(refusal?.kind == kind, "\(step)")
            #expect(refusal?.description.contains("\n") == false)
        }
    }

    @Test func whatTheEngineSaysIsOneShortLine() {
        let long = "ERR a\r\nb\u{2028}c " + String(repeating: "x\u{301}", count: 1000)
        let refusal = Self.refusal(Self.outcome(script: Self.error(long)))
        #expect(refusal?.description.unicodeScalars.contains { $0 == "\n" || $0 == "\r" || $0 == "\u{2028}" } == false)
        #expect((refusal?.description.utf8.count ?? .max) < 400)
    }

    @Test func aReplyTooManyIsRefused() {
        var session = RESPSession(.init(clientName: "nt"))
        #expect(Self.refusal(session.replied(.simple("OK")))?.kind == .other)
    }
}
