import LoadClients
import ServerUnderTest

/// The generator's counts beside the server's.
struct AccountSheet: Sendable {
    struct Row: Sendable, Codable {
        var series: String
        var least: Int
        var most: Int
        var server: Int
        /// Why the two ends differ.
        var reason: String?

        var holds: Bool { (self.least...self.most).contains(self.server) }
        var isExact: Bool { self.least == self.most }
    }

    private(set) var rows: [Row] = []
    private let before: MetricsText
    private let after: MetricsText

    /// `before` is what the server had counted when the run began. `pages` is how often it was asked for this since.
    init(_ ledger: Ledger, before: MetricsText, after: MetricsText, pages: Int) {
        self.before = before
        self.after = after
        self.addCodes(ledger)
        self.addConnections(ledger)
        self.addMessages(ledger)
        self.addFrames(ledger)
        self.addSessions(ledger)
        self.addRequests(ledger, pages: pages)
        self.addConsistency()
    }

    var broken: [Row] { self.rows.filter { !$0.holds } }
    var exact: Int { self.rows.count { $0.isExact } }

    // MARK: - What the generator counted

    private mutating func addCodes(_ ledger: Ledger) {
        self.add("nt_codes_minted_total", ledger.minted)
        self.add("nt_codes_exhausted_total", 0)
        for result in ["ok", "gone", "malformed", "limited", "repeated"] {
            self.add("nt_codes_redeemed_total{result=\"\(result)\"}", ledger.redeemed[result] ?? 0)
        }
        for scope in ["http", "ws", "redeem", "telemetry"] {
            self.add("nt_rate_limited_total{scope=\"\(scope)\"}", ledger.rateLimited[scope] ?? 0)
        }
    }

    private mutating func addConnections(_ ledger: Ledger) {
        let reset = "clients that reset the connection during the upgrade"
        self.add("nt_ws_connections_total", ledger.connections, reset)
        for code in [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1013, 4001, 4002, 4008] {
            var count = ledger.closed[code] ?? Count()
            // Those may have ended with any code.
            count.possible += ledger.closedSomehow
            self.add("nt_ws_closed_total{code=\"\(code)\"}", count, reset)
        }
        self.add("nt_ws_closed_total{code=\"other\"}", 0)
    }

    private mutating func addMessages(_ ledger: Ledger) {
        let reason = "sent, but the connection ended before it was known that the server had read it"
        let names: [(Opcode, String)] = [(.text, "text"), (.binary, "binary"), (.ping, "ping"), (.pong, "pong"), (.close, "close")]
        for (opcode, name) in names { self.add("nt_ws_messages_total{type=\"\(name)\"}", ledger.sent, .message(opcode), reason) }
        for kind in FrameKind.allCases {
            self.add("nt_signal_messages_total{type=\"\(kind.label)\"}", ledger.sent, .frames(kind), reason)
            self.add("nt_signal_bytes_total{dir=\"in\",type=\"\(kind.label)\"}", ledger.sent, .bytes(kind), reason)
        }
        let pongs = ledger.sent.sure[.message(.pong)] + ledger.sent.possible[.message(.pong)]
        // A pong to a ping that was overtaken by another one is no round trip.
        let answered = Count(sure: 0, possible: pongs)
        self.add("nt_ws_rtt_seconds_count", answered, "only pongs to the ping under way are timed")
    }

    private mutating func addFrames(_ ledger: Ledger) {
        let reason = "handed on, but the receiver was cut off, or never read"
        var frames = Count()
        for kind in FrameKind.allCases {
            let index = kind.rawValue
            let bytes = Count(sure: ledger.receivedBytes[index], possible: ledger.writtenOffBytes[index])
            self.add("nt_signal_bytes_total{dir=\"out\",type=\"\(kind.label)\"}", bytes, reason)
            frames.sure += ledger.received[index]
            frames.possible += ledger.writtenOff[index]
        }
        self.add("nt_ws_frame_bytes_count{dir=\"out\"}", frames, reason)
    }

    private mutating func addSessions(_ ledger: Ledger) {
        let reason = "reported by clients that were cut off"
        for mode in ["unspecified", "direct", "relay", "host", "srflx", "prflx", "other"] {
            self.add("nt_session_established_total{mode=\"\(mode)\"}", ledger.established[mode] ?? Count(), reason)
        }
        for why in ["ice-failed", "timeout", "disconnected", "closed", "no-candidates", "other"] {
            self.add("nt_session_failed_total{reason=\"\(why)\"}", ledger.failed[why] ?? Count(), reason)
        }
        let established = ledger.established.values.reduce(into: Count()) {
            $0.sure += $1.sure
            $0.possible += $1.possible
        }
        self.add("nt_session_time_to_first_flow_seconds_count", established, reason)
    }

    private mutating func addRequests(_ ledger: Ledger, pages: Int) {
        for route in ["/rendezvous/code", "/rendezvous/redeem", "/ws", "/healthz", "/readyz", "/metrics", "other"] {
            let answers = ledger.http[route] ?? [:]
            for status in [101, 200, 204, 400, 403, 404, 405, 408, 410, 413, 415, 426, 429, 431, 503] {
                let series = "nt_http_requests_total{route=\"\(route)\",status=\"\(status)\"}"
                switch (route, status) {
                case ("/ws", 101): self.add(series, ledger.connections, "clients that reset the connection during the upgrade")
                case ("/metrics", 200): self.add(series, pages)
                default: self.add(series, answers[status] ?? 0)
                }
            }
        }
    }

    // MARK: - What the server's counts say of each other

    private mutating func addConsistency() {
        let connections = self.difference("nt_ws_connections_total")
        self.addSum("all nt_ws_closed_total", self.sum("nt_ws_closed_total"), is: connections)
        let upgrades = self.difference("nt_http_requests_total{route=\"/ws\",status=\"101\"}")
        self.addSum("nt_http_requests_total of 101", upgrades, is: connections)
        let messages = self.difference("nt_ws_messages_total{type=\"text\"}") + self.difference("nt_ws_messages_total{type=\"binary\"}")
        self.addSum("all nt_signal_messages_total", self.sum("nt_signal_messages_total"), is: messages)
        self.addSum("nt_ws_frame_bytes_count{dir=\"in\"}", self.difference("nt_ws_frame_bytes_count{dir=\"in\"}"), is: messages)
    }

    // MARK: - Adding

    private mutating func add(_ series: String, _ count: Int) { self.add(series, Count(sure: count), "") }

    private mutating func add(_ series: String, _ sent: SentAccount, _ slot: SentAccount.Slot, _ reason: String) {
        self.add(series, Count(sure: sent.sure[slot], possible: sent.possible[slot]), reason)
    }

    private mutating func add(_ series: String, _ count: Count, _ reason: String) {
        let row = Row(
            series: series, least: count.sure, most: count.sure + count.possible, server: self.difference(series),
            reason: count.possible > 0 ? reason : nil)
        // Series that nobody touched would only make the sheet long.
        if row.most > 0 || row.server != 0 { self.rows.append(row) }
    }

    private mutating func addSum(_ name: String, _ value: Int, is expected: Int) {
        self.rows.append(Row(series: name, least: expected, most: expected, server: value))
    }

    /// A series that is missing is told by a value that no count has.
    private func difference(_ series: String) -> Int {
        guard let after = self.after[series] else { return -1 }
        return Int(after - (self.before[series] ?? 0))
    }

    private func sum(_ name: String) -> Int { Int(self.after.sum(of: name) - self.before.sum(of: name)) }
}
