/// Whether a page of another origin may use the server, as a browser sees it.
package enum OriginOutcome: Equatable, Sendable {
    case allowed
    case refused(Reply)
    /// With these values of Access-Control-Allow-Origin no browser shows the response to the page.
    case unreadable([String])
    /// The preflight has this status, or permits less than a page needs.
    case notAsked(Int)
    case unanswered(String)
}

extension Finding {
    /// Who is behind the name. `path` is that of the URL, without a slash at its end.
    package static func server(_ answer: Answer<Identity>, path: String, isSecure: Bool) -> Finding {
        switch answer {
        case .wanted(let identity): .ok(.server, "\(identity.server) \(identity.version)")
        case .none(let cause):
            .fault(
                .server, "no response: \(cause)",
                do: isSecure
                    ? "look at the log of the proxy; it may speak the PROXY protocol or TLS to a port that speaks neither"
                    : "if the port speaks TLS, use https://; look at the log of the proxy and of the server")
        case .other(let reply) where reply.detail != nil: self.refusal(reply, path)
        case .other(let reply): self.stranger(reply, path)
        }
    }

    /// The server answers, and not with what was asked for.
    private static func refusal(_ reply: Reply, _ path: String) -> Finding {
        switch reply.status {
        case 404 where path.isEmpty:
            .warning(
                .server, "nt-backend-wrtc, of a version that does not say which it is",
                do: "update the server to the version of this doctor")
        case 404:
            .fault(
                .server, "the proxy passes \(path) on to the server, which has nothing there",
                do: "give the server BASE_PATH=\(path), or have the proxy take the prefix off: in nginx a slash ends both, "
                    + "location \(path)/ { proxy_pass http://…/; }; in Caddy handle_path; in HAProxy http-request replace-path")
        case 400 where reply.detail?.contains("PROXY") == true: self.unreadable(reply)
        case 421:
            .fault(.server, reply.words, do: "add the name to ALLOWED_HOSTS, and have the proxy leave Host as it is")
        case 429: .fault(.server, reply.words, do: "wait a minute; HTTP_RATE_PER_MIN is the limit")
        case 503: .fault(.server, reply.words, do: "look at the server's log, and at /readyz")
        default: .fault(.server, reply.words, do: "look at the server's log")
        }
    }

    private static func unreadable(_ reply: Reply) -> Finding {
        .fault(
            .server, "the server cannot read what the proxy sends (\(reply.words))",
            do: "if the proxy sends PROXY headers (HAProxy send-proxy, nginx proxy_protocol on), give the server PROXY_PROTOCOL=true and "
                + "the proxy's address in TRUSTED_PROXIES, or switch them off")
    }

    /// Something else answers.
    private static func stranger(_ reply: Reply, _ path: String) -> Finding {
        let path = path.isEmpty ? "/" : path + "/"
        switch reply.status {
        case 300..<400:
            return .fault(
                .server, "\(reply.status): a redirect", do: "give doctor, and clients, the address that it leads to: they follow none")
        case 400 where reply.text.lowercased().contains("https port"):
            return .fault(.server, "the port speaks TLS", do: "use https://")
        case 400 where reply.text.contains("PROXY"): return self.unreadable(reply)
        case 401, 403:
            return .fault(
                .server, reply.words, do: "have the proxy let \(path)rendezvous/ and \(path)ws through: clients have no account there")
        case 404:
            return .fault(
                .server, reply.words, do: "have the proxy pass everything under \(path) on to the server, or correct the URL")
        case 502, 503, 504:
            return .fault(
                .server, "\(reply.status): the proxy does not get through to the server",
                do: "start the server, and look whether the proxy has its address and port (in a container 127.0.0.1 is the container), "
                    + "and whether both speak the same: TLS or none, PROXY headers or none")
        case 200..<300:
            return .fault(
                .server, "\(reply.status), but something else is there",
                do: "have the proxy pass \(path) on to the server, or correct the URL")
        default: return .fault(.server, reply.words, do: "look at the log of the proxy")
        }
    }

    /// Nil where there is nothing to say of one process. `seen` are the identities of several requests.
    package static func instances(_ seen: [Identity]) -> Finding? {
        let count = Set(seen.map(\.instance)).count
        guard count > 1 else { return nil }
        if seen.allSatisfy(\.shared) { return .ok(.instances, "\(count) nodes, which share codes and rooms") }
        return .fault(
            .instances, "\(count) processes answer under this name, and each has codes of its own",
            do: "leave one of them, or let them share an engine: at each STORE=valkey://… and a NODE_ADDRESS of its own")
    }

    package static func origin(_ origin: String, _ outcome: OriginOutcome) -> Finding {
        switch outcome {
        case .allowed: .ok(.origin, "pages of \(origin) may connect")
        case .refused(let reply) where reply.status == 403:
            .fault(
                .origin, "pages of \(origin) may not connect",
                do: reply.detail == nil ? "have the proxy let requests with an Origin through" : "add \(origin) to CORS_ORIGINS")
        case .refused(let reply): .fault(.origin, reply.words, do: "look at the log of the proxy")
        case .unreadable(let values):
            .fault(
                .origin, "browsers of \(origin) get no response: Access-Control-Allow-Origin is \(self.shown(values))",
                do: "have the proxy neither add nor remove fields that begin with Access-Control: the server sets them")
        case .notAsked(let status):
            .fault(
                .origin, "pages of \(origin) cannot send JSON: OPTIONS gets \(status), and no permission",
                do: "have the proxy pass OPTIONS requests on to the server, which answers them")
        case .unanswered(let cause): .fault(.origin, "no response: \(cause)", do: "look at the log of the proxy")
        }
    }

    private static func shown(_ values: [String]) -> String {
        values.isEmpty ? "not there" : values.count == 1 ? "\(values[0])" : "there \(values.count) times"
    }

    /// Whether the server's own page, which is served, may use it. Nil where that cannot be told.
    package static func page(_ answer: Answer<Identity>, origin: String) -> Finding? {
        switch answer {
        case .wanted: .ok(.page, "the server's own page may connect")
        case .other(let reply) where reply.status == 403 && reply.detail != nil:
            .fault(
                .page, "the server's own page is there, and may not connect as \(origin)",
                do: "have the proxy leave Host as it is and set X-Forwarded-Proto; name the host in ALLOWED_HOSTS, or list \(origin) "
                    + "in CORS_ORIGINS")
        case .other, .none: nil
        }
    }

    package static func metrics(isPublic: Bool, path: String) -> Finding {
        isPublic
            ? .warning(
                .metrics, "\(path) is there for everybody",
                do: "have the proxy refuse it, or give METRICS_ADDRESS an address that only you reach")
            : .ok(.metrics, "not there for everybody")
    }
}
