package import ICECore
package import NetworkAddresses

/// What clients are told of STUN and TURN servers.
package struct ICEFacts: Equatable, Sendable {
    package var urls: [ICEURL]
    /// What is no URL of such a server, or needs credentials and has none.
    package var unusable: [String]
    /// The server gives no credentials for now.
    package var isOverLimit: Bool

    package init(urls: [ICEURL] = [], unusable: [String] = [], isOverLimit: Bool = false) {
        self.urls = urls
        self.unusable = unusable
        self.isOverLimit = isOverLimit
    }
}

extension Finding {
    private static let howTo = "docs/turn.md says how to set up coturn: TURN_URLS and TURN_SECRET"

    /// `isLocal`: whether the server itself is asked at an address that only this network has.
    package static func iceServers(_ facts: ICEFacts, isLocal: Bool) -> Finding {
        if let url = facts.unusable.first {
            return .fault(
                .iceServers, "\(url): no browser can use that",
                do: "correct it in ICE_SERVERS, TURN_URLS or at ICE_SERVERS_URL; TURN needs username and credential")
        }
        if facts.isOverLimit {
            return .warning(
                .iceServers, "no credentials for now: this address has had its part", do: "wait a minute, or raise CLIENT_ICE_PER_MIN")
        }
        if !isLocal, let lost = facts.urls.first(where: { $0.place.leadsNowhere }) {
            return .fault(
                .iceServers, "clients are sent to \(lost.text), which they cannot reach",
                do: lost.isTURN
                    ? "give TURN_URLS, or ICE_SERVERS, a name that all clients reach"
                    : "have the proxy leave Host as it is, or set ICE_SERVERS to a public name")
        }
        if facts.urls.isEmpty {
            return .warning(
                .iceServers, "none: peers on different networks do not reach each other", do: "switch STUN on (STUN_PORT); \(Self.howTo)")
        }
        let names = facts.urls.map(\.text).joined(separator: ", ")
        if !facts.urls.contains(where: \.isTURN) {
            return .warning(.iceServers, "\(names): no TURN, which about one pair of ten needs", do: Self.howTo)
        }
        return .ok(.iceServers, names)
    }

    package static func stun(_ outcome: MappingOutcome, _ url: ICEURL) -> Finding {
        switch outcome {
        case .mapped(let address): .ok(.stun, "responds: this machine is \(address.text)", subject: url.text)
        case .rejected(let words):
            .fault(.stun, "refuses: \(words)", do: "look whether a STUN server is there", subject: url.text)
        case .unanswered:
            .fault(
                .stun, "does not respond",
                do: "open \(self.port(url)) in the firewall: no HTTP proxy passes it on; STUN_PORT is this server's own", subject: url.text)
        case .unreachable(let cause): .fault(.stun, cause, do: "correct the name, or open \(self.port(url))", subject: url.text)
        }
    }

    /// - Parameters:
    ///   - server: The address at which the TURN server was asked; nil where it was not reached.
    ///   - username: Of a shared secret's credentials it says when they end.
    package static func turn(_ outcome: RelayOutcome, _ url: ICEURL, username: String, server: ClientAddress?, now: Int) -> Finding {
        switch outcome {
        case .relayed(let address, _):
            if address.isPrivate, server?.isPrivate == false {
                return .fault(
                    .turn, "relays at \(address.text), which nobody else reaches", do: "set coturn's external-ip to the public address",
                    subject: url.text)
            }
            return .ok(.turn, "relays at \(address.text)", subject: url.text)
        case .rejected(let code, let reason): return self.rejected(code, reason, url, username, now)
        case .unanswered:
            return .fault(
                .turn, "does not respond", do: "open \(self.port(url)) in the firewall, and look whether the TURN server listens there",
                subject: url.text)
        case .unreachable(let cause):
            return .fault(
                .turn, cause, do: "open \(self.port(url)), look whether the TURN server listens there, and at its certificate if it is TLS",
                subject: url.text)
        }
    }

    private static func rejected(_ code: Int, _ reason: String, _ url: ICEURL, _ username: String, _ now: Int) -> Finding {
        let words = reason.isEmpty ? "\(code)" : "\(code) \(reason)"
        let end = username.split(separator: ":", maxSplits: 1).first.flatMap { Int($0) }
        let (fact, advice) =
            switch code {
            case 401 where end.map { $0 <= now } == true, 441 where end.map { $0 <= now } == true:
                ("the credential has expired (\(words))", "set the server's clock, or have fresh credentials in ICE_SERVERS")
            case 401, 441:
                ("refuses the credential (\(words))", "TURN_SECRET must be the TURN server's static-auth-secret, and both clocks right")
            case 486: ("has no space for another one (\(words))", "raise coturn's user-quota, total-quota or bps-capacity")
            case 508: ("has no address or port to relay at (\(words))", "widen coturn's min-port to max-port, and look at its relay-ip")
            default: ("refuses (\(words))", "look at the TURN server's log")
            }
        return .fault(.turn, fact, do: advice, subject: url.text)
    }

    private static func port(_ url: ICEURL) -> String {
        "port \(url.place.port) (\(url.place.transport == .udp ? "UDP" : "TCP"))"
    }
}

extension ICEURL.Place {
    /// Whether it is an address that means another machine, or none, to each client.
    fileprivate var leadsNowhere: Bool { self.host == "localhost" || ClientAddress(self.host)?.isPrivate == true }
}
