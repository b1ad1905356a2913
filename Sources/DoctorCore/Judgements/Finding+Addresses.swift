package import NetworkAddresses

extension ClientAddress {
    private static let privateBlocks = [
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    ].compactMap { AddressBlock($0) }

    /// Whether it means something else, or nothing, on other networks.
    package var isPrivate: Bool {
        let address = self.unmapped
        return Self.privateBlocks.contains { $0.contains(address) }
    }

    fileprivate var isIPv4: Bool { if case .v4 = self.unmapped { true } else { false } }
}

extension Finding {
    /// - Parameters:
    ///   - seen: Whom the server takes this machine for.
    ///   - own: The addresses by which this machine is known: of its socket, and by word of STUN servers.
    package static func clientAddress(seen: ClientAddress, own: [ClientAddress]) -> Finding {
        let seen = seen.unmapped
        if own.contains(where: { $0.unmapped == seen }) {
            return .ok(.clientAddress, "the server sees \(seen.text), which is this machine")
        }
        let advice =
            "add the proxy's network to TRUSTED_PROXIES, and have the proxy set X-Forwarded-For; until then all clients count as one"
        if seen.isPrivate {
            return .warning(.clientAddress, "the server sees \(seen.text), which is most likely the proxy", do: advice)
        }
        if let known = own.first(where: { !$0.isPrivate && $0.isIPv4 == seen.isIPv4 }) {
            return .warning(.clientAddress, "the server sees \(seen.text), and this machine is \(known.text)", do: advice)
        }
        return .ok(.clientAddress, "the server sees \(seen.text)")
    }

    /// - Parameters:
    ///   - isBelieved: Whether the server took an address for this client's that was made up.
    ///   - isOwnMachine: Whether this is the server's own machine, which TRUSTED_PROXIES names unless it is set.
    package static func forwardedFor(isBelieved: Bool, isOwnMachine: Bool) -> Finding {
        guard isBelieved else { return .ok(.forwardedFor, "a made-up X-Forwarded-For changes nothing") }
        if isOwnMachine {
            return .warning(
                .forwardedFor, "a made-up X-Forwarded-For is believed, as this is the server's own machine, which it trusts",
                do: "ask from another machine to learn whether others are believed too")
        }
        return .fault(
            .forwardedFor, "a made-up X-Forwarded-For is believed: limits can be evaded, and others blamed",
            do: "let TRUSTED_PROXIES name the proxy alone, and have the proxy add the address that it sees, or replace the field: nginx "
                + "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; HAProxy option forwardfor; Caddy does it by itself")
    }
}
