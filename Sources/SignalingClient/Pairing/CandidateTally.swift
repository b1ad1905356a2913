/// The ICE candidates of a side: which kinds there are, and how many.
struct CandidateTally: Sendable {
    struct Counts: Sendable, Hashable {
        var host = 0
        var srflx = 0
        var relay = 0
        var prflx = 0
        /// Of those of `host`: names instead of addresses.
        var mdns = 0

        var isEmpty: Bool { self.host + self.srflx + self.relay + self.prflx == 0 }

        /// All that it has is names that only its own network resolves.
        var isHidden: Bool { self.mdns > 0 && self.mdns == self.host && self.srflx + self.relay + self.prflx == 0 }

        var json: JSONValue {
            .object(
                [("host", self.host), ("srflx", self.srflx), ("relay", self.relay), ("prflx", self.prflx), ("mdns", self.mdns)]
                    .reduce(into: [:]) { $0[$1.0] = .number(Double($1.1)) })
        }
    }

    private struct Seen: Hashable {
        let type: String
        let transport: String
        let address: String
    }

    /// More than any device has; what the other side sends is not kept without end.
    private static let mostKept = 255
    private static let mostUnread = 3
    private static let types: Set<String> = ["host", "srflx", "prflx", "relay"]

    private var seen: Set<Seen> = []
    private var hasEnded = false
    private var unreadTexts: [String] = []
    private var unreadCount = 0

    /// `host/udp` and the like, each once.
    var kinds: [String] { Set(self.seen.map { "\($0.type)/\($0.transport)" }).sorted() }

    /// The side has named all its candidates, as far as they were understood.
    var isComplete: Bool { self.hasEnded && self.unreadCount == 0 }

    /// The side has named all its candidates, and there was none.
    var isEmpty: Bool { self.isComplete && self.seen.isEmpty }

    /// In words what was not understood; nil if everything was.
    var unread: String? {
        let others = self.unreadCount - self.unreadTexts.count
        return self.unreadCount == 0 ? nil : self.unreadTexts.joined(separator: "; ") + (others > 0 ? "; and \(others) more" : "")
    }

    /// The same after an ICE restart: ports are left out, which are new ones then.
    var counts: Counts {
        self.seen.reduce(into: Counts()) { counts, seen in
            switch seen.type {
            case "host": counts.host += 1
            case "srflx": counts.srflx += 1
            case "relay": counts.relay += 1
            default: counts.prflx += 1
            }
            if seen.type == "host", seen.address.hasSuffix(".local") { counts.mdns += 1 }
        }
    }

    /// Another one is named: a candidate line of SDP.
    mutating func note(_ line: String) {
        self.hasEnded = false
        let parts = line.split(separator: " ")
        guard parts.count >= 8, parts[0].hasPrefix("candidate:"), parts[6] == "typ", Self.types.contains(String(parts[7])),
            parts[2].utf8.count <= 16, parts[4].utf8.count <= 255
        else { return self.noteUnread("a candidate line has an unknown form") }
        guard self.seen.count < Self.mostKept else { return }
        self.seen.insert(Seen(type: String(parts[7]), transport: parts[2].lowercased(), address: String(parts[4])))
    }

    /// No further one comes, unless ICE is restarted.
    mutating func noteEnd() { self.hasEnded = true }

    /// Something was to be a candidate, and was not understood.
    mutating func noteUnread(_ why: String) {
        self.unreadCount += 1
        if self.unreadTexts.count < Self.mostUnread, !self.unreadTexts.contains(why) { self.unreadTexts.append(why) }
    }
}
