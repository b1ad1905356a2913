import NIOCore
import NetworkAddresses

/// Which hosts requests may be for. A name that somebody else's DNS has pointed here (DNS rebinding) is none of them.
package struct HostPolicy: Sendable, Equatable {
    /// Lower-case hosts, with an IPv6 address in brackets: with any port, and with one.
    private let hosts: Set<String>
    private let authorities: Set<String>
    /// Whether addresses and localhost are allowed too, which no DNS server can make another's.
    private let addressesToo: Bool

    /// `allowed` are hosts, with a port or without; none for every host.
    package init(allowed: [String] = [], addressesToo: Bool = false) {
        self.addressesToo = addressesToo
        let allowed = Set(allowed.map(\.lowercasedASCII))
        let authorities = allowed.filter { Self.split($0).port != nil }
        self.hosts = allowed.subtracting(authorities)
        // A browser leaves out the port that is usual for the scheme.
        let usual = authorities.map(Self.split).filter { $0.port == "80" || $0.port == "443" }.map(\.host)
        self.authorities = authorities.union(usual)
    }

    package var allowsAll: Bool { self.hosts.isEmpty && self.authorities.isEmpty }

    /// Both what Host says and what the target says, where it is a whole URI.
    func allows(_ head: RequestHead) -> Bool {
        if self.allowsAll { return true }
        guard head.host.count == 1, self.allows(head.text(head.host.value)) else { return false }
        guard let authority = RequestTarget(head.bytes.readableBytesUInt8Span, head.target).authority else { return true }
        return self.allows(head.text(authority))
    }

    package func allows(_ authority: String) -> Bool {
        let authority = authority.lowercasedASCII
        if self.allowsAll || self.authorities.contains(authority) { return true }
        let host = Self.split(authority).host
        return self.hosts.contains(host) || self.addressesToo && Self.isOutOfReach(host)
    }

    /// Whether a page of this origin is the server's own: its scheme and its host are those of the request. The host has to be one that
    /// the operator has listed or, where there is no list, one that no DNS server can make another's: an address, or localhost.
    package func isOwn(_ origin: String, host authority: String, isSecure: Bool) -> Bool {
        let (host, port) = Self.split(authority.lowercasedASCII)
        guard self.allowsAll ? Self.isOutOfReach(host) : self.allows(authority) else { return false }
        let (scheme, usual) = isSecure ? ("https", "443") : ("http", "80")
        let shown = port.map { $0.isEmpty || $0 == usual ? "" : ":" + $0 } ?? ""
        return origin.lowercasedASCII == scheme + "://" + host + shown
    }

    private static func isOutOfReach(_ host: String) -> Bool {
        if host == "localhost" { return true }
        let isBracketed = host.utf8.first == UInt8(ascii: "[")
        return ClientAddress(isBracketed ? String(host.dropFirst().dropLast()) : host) != nil
    }

    private static func split(_ authority: String) -> (host: String, port: String?) {
        let bytes = Array(authority.utf8)
        guard let parts = Authority(bytes.span, bytes.indices) else { return (authority, nil) }
        return (String(decoding: bytes[parts.host], as: UTF8.self), parts.port.map { String(decoding: bytes[$0], as: UTF8.self) })
    }
}

extension Problem {
    static let misdirected = Problem(
        .misdirectedRequest, "this server is not that host; the operator names its hosts with ALLOWED_HOSTS", closes: true)
}
