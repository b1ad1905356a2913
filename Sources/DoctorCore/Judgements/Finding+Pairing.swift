/// How far minting and redeeming a code came.
package enum CodeOutcome: Equatable, Sendable {
    case works
    case notMinted(Reply)
    case notRedeemed(Reply)
    case unanswered(String)
}

/// What came of asking for a WebSocket.
package enum UpgradeOutcome: Equatable, Sendable {
    case open
    case refused(Reply)
    case unanswered(String)
}

/// How far two connections came that belong together.
package enum PairingOutcome: Equatable, Sendable {
    case paired
    /// Both are open, and nobody was told of the other.
    case apart(seconds: Int)
    case closed(code: Int, reason: String)
}

/// What became of two connections that nobody used.
package enum IdleOutcome: Equatable, Sendable {
    case stayed
    case cut(afterMs: Int, code: Int)
}

/// Why there was not another connection.
package enum Obstacle: Equatable, Sendable {
    case upgrade(UpgradeOutcome)
    /// The server wants a code for each room, and gave none.
    case code(CodeOutcome)
}

/// Many connections at once.
package struct CrowdFacts: Equatable, Sendable {
    package var wanted: Int
    package var opened: Int
    package var obstacle: Obstacle?
    /// How many ended by themselves.
    package var lost: Int
    /// Whether this machine had no descriptors or ports left.
    package var isOwnLimit: Bool

    package init(wanted: Int, opened: Int, obstacle: Obstacle? = nil, lost: Int = 0, isOwnLimit: Bool = false) {
        self.wanted = wanted
        self.opened = opened
        self.obstacle = obstacle
        self.lost = lost
        self.isOwnLimit = isOwnLimit
    }
}

extension Finding {
    private static let twoInstances =
        "two instances are behind one name: leave one of them, or let them share an engine, at each STORE=valkey://… and a NODE_ADDRESS "
        + "of its own, which the others have to reach"

    private static let crowded = "look at the proxy's log; nginx has worker_connections, HAProxy maxconn, both ulimit -n"

    package static func code(_ outcome: CodeOutcome, hasAuthorization: Bool) -> Finding {
        switch outcome {
        case .works: .ok(.code, "minted, and redeemed on another connection")
        case .notMinted(let reply) where reply.status == 401 && !hasAuthorization,
            .notRedeemed(let reply) where reply.status == 401 && !hasAuthorization:
            .warning(.code, "the server asks who may (\(reply.words))", do: "give doctor a key or a token in NT_AUTHORIZATION")
        case .notRedeemed(let reply) where reply.status == 410:
            .fault(.code, "the code is unknown a moment after minting", do: Self.twoInstances)
        case .notMinted(let reply) where reply.status == 429:
            .fault(.code, reply.words, do: "wait a minute, or raise the limit (HTTP_RATE_PER_MIN, CLIENT_CODES_MAX)")
        case .notRedeemed(let reply) where reply.status == 429:
            .fault(
                .code, reply.words,
                do: "wait a minute: too many requests, or wrong codes, came from this address (HTTP_RATE_PER_MIN, REDEEM_FAILURES_PER_MIN)")
        case .notMinted(let reply), .notRedeemed(let reply):
            .fault(
                .code, reply.words,
                do: reply.detail == nil ? "have the proxy pass POST requests on as they are" : "look at the server's log")
        case .unanswered(let cause): .fault(.code, "no response: \(cause)", do: "look at the log of the proxy and of the server")
        }
    }

    package static func upgrade(_ outcome: UpgradeOutcome) -> Finding {
        switch outcome {
        case .open: .ok(.upgrade, "WebSockets come through")
        case .unanswered(let cause):
            .fault(.upgrade, "no response to an upgrade: \(cause)", do: "look whether the proxy passes WebSockets on, and at its log")
        case .refused(let reply): .fault(.upgrade, self.sentence(reply), do: self.advice(reply))
        }
    }

    private static func isStripped(_ reply: Reply) -> Bool {
        // A server that got no Upgrade says 426; one that got HTTP/1.0 says 400.
        reply.detail != nil && (reply.status == 426 || reply.status == 400)
    }

    private static func sentence(_ reply: Reply) -> String {
        self.isStripped(reply) ? "the proxy does not pass the upgrade on (\(reply.words))" : reply.words
    }

    private static func advice(_ reply: Reply) -> String {
        if self.isStripped(reply) {
            return "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\"; "
                + "HAProxy and Caddy do it by themselves"
        }
        switch (reply.status, reply.detail) {
        case (403, .some(let detail)) where detail.contains("origin"): return "add the origin to CORS_ORIGINS"
        case (429, .some): return "raise WS_RATE_PER_MIN or CLIENT_CONNECTIONS_MAX, or wait"
        case (503, .some): return "raise MAX_CONNECTIONS and the limit on open files, or wait until the server is ready"
        case (404, .none): return "have the proxy pass /ws on to the server too"
        case (_, .some): return "look at the server's log"
        case (_, .none): return self.crowded
        }
    }

    package static func pairing(_ outcome: PairingOutcome) -> Finding {
        switch outcome {
        case .paired: .ok(.pairing, "both sides are told of each other")
        case .apart(let seconds):
            .fault(.pairing, "both sides are connected, and after \(seconds) s neither knows of the other", do: Self.twoInstances)
        case .closed(let code, let reason):
            .fault(
                .pairing, "the connection was closed with \(code)\(reason.isEmpty ? "" : " (\(reason))")",
                do: code == 1006 ? "look at the proxy's log: it ends connections" : "see the close codes in docs/protocol.md")
        }
    }

    /// `lost` names the directions in which a frame did not arrive as it was sent.
    package static func frames(lost: [String]) -> Finding {
        lost.isEmpty
            ? .ok(.frames, "a frame each way arrives as it was sent")
            : .fault(
                .frames, "a frame \(lost.joined(separator: " and ")) does not arrive as it was sent",
                do: "have the proxy neither hold back nor change what is in WebSockets")
    }

    package static func idle(_ outcome: IdleOutcome, heldMs: Int) -> Finding {
        switch outcome {
        case .stayed: return .ok(.idle, "idle connections stay for \(self.seconds(heldMs)), three times HEARTBEAT")
        case .cut(let after, let code):
            return .fault(
                .idle,
                "an idle connection ended after \(self.seconds(after)) (code \(code)); it should stay for \(self.seconds(heldMs)), "
                    + "three times HEARTBEAT",
                do: code != 1006
                    ? "see the close codes in docs/protocol.md"
                    : "let the proxy wait for longer than HEARTBEAT: nginx proxy_read_timeout, HAProxy timeout tunnel, client and server, "
                        + "load balancers their idle timeout; or lower HEARTBEAT")
        }
    }

    package static func connections(_ facts: CrowdFacts) -> Finding {
        if facts.isOwnLimit {
            return .warning(
                .connections, "this machine can open \(facts.opened) connections",
                do: "raise its limit on open files (ulimit -n) or its range of ports, and ask again; or ask with fewer")
        }
        if let obstacle = facts.obstacle {
            let which = "\(facts.opened + 1) of \(facts.wanted)"
            switch obstacle {
            case .upgrade(.refused(let reply)):
                return .fault(.connections, "connection \(which) is refused: \(self.sentence(reply))", do: self.advice(reply))
            case .upgrade(.unanswered(let cause)):
                return .fault(.connections, "connection \(which) is refused: \(cause)", do: self.crowded)
            case .upgrade(.open): break
            case .code(let outcome):
                // What is so with codes is no fault of connections.
                let code = Finding.code(outcome, hasAuthorization: true)
                return .warning(
                    .connections, "there is no code for connection \(which): \(code.fact)",
                    do: code.advice ?? "look at the server's log")
            }
        }
        if facts.lost > 0 {
            return .fault(
                .connections, "of \(facts.wanted) connections \(facts.lost) were ended at once",
                do: self.crowded)
        }
        return .ok(.connections, "\(facts.wanted) at once")
    }

    private static func seconds(_ milliseconds: Int) -> String {
        milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
