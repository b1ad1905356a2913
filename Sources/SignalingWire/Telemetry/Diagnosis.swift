/// Why the peers do not reach each other, and which side is the obstacle, as far as the server knows.
package struct Diagnosis: Sendable, Equatable {
    /// A closed set: it is also the label set of the metrics.
    package enum Cause: UInt8, Sendable, CaseIterable {
        case noCandidates, noRelayConfigured, relayUnreachable, relayRefused, udpBlocked, checksFailed, dtlsFailed, peerLeft
        case verificationFailed, signalingLost, timeout
    }

    /// At which side the obstacle is.
    package enum Place: UInt8, Sendable, CaseIterable { case a, b, both }

    /// What makes the cause more exact.
    package enum Hint: UInt8, Sendable, CaseIterable { case noSTUN, strictNAT, mdns }

    package var cause: Cause
    package var place: Place
    package var hint: Hint?

    package init(_ cause: Cause, at place: Place, hint: Hint? = nil) {
        self.cause = cause
        self.place = place
        self.hint = hint
    }
}

extension Diagnosis.Place {
    package init(_ side: Side) { self = side == .a ? .a : .b }

    /// The place of these sides; nil if there are none.
    package init?(_ sides: [Side]) {
        guard let first = sides.first else { return nil }
        self = sides.count > 1 ? .both : Self(first)
    }

    /// The spelling on the wire.
    package var name: String {
        switch self {
        case .a: "A"
        case .b: "B"
        case .both: "both"
        }
    }
}

extension Diagnosis.Cause {
    /// The spelling on the wire, and the value of the metrics' `cause` label.
    package var name: String {
        switch self {
        case .noCandidates: "no_candidates"
        case .noRelayConfigured: "no_relay_configured"
        case .relayUnreachable: "relay_unreachable"
        case .relayRefused: "relay_refused"
        case .udpBlocked: "udp_blocked"
        case .checksFailed: "checks_failed"
        case .dtlsFailed: "dtls_failed"
        case .peerLeft: "peer_left"
        case .verificationFailed: "verification_failed"
        case .signalingLost: "signaling_lost"
        case .timeout: "timeout"
        }
    }
}

extension Diagnosis.Hint {
    /// The spelling on the wire.
    package var name: String {
        switch self {
        case .noSTUN: "no_stun"
        case .strictNAT: "strict_nat"
        case .mdns: "mdns"
        }
    }
}

extension Diagnosis {
    /// What a developer can do about it, in one sentence that is right for either side: plain ASCII without quotes or backslashes.
    package var advice: String {
        switch self.cause {
        case .noCandidates:
            "\(self.at) the browser found no address to connect from: check what keeps WebRTC from working there (policies, extensions, "
                + "VPNs), and that iceTransportPolicy: relay comes with a TURN server that can be reached"
        case .noRelayConfigured: self.adviceWithoutRelay
        case .relayUnreachable:
            "\(self.at) no TURN server responds: check that those of TURN_URLS or iceServers run and that their ports are open, and add "
                + "one over TLS on port 443 (turns:) for networks that block all else"
        case .relayRefused:
            "\(self.at) the TURN server refuses the credentials or has no relay to give: check that TURN_SECRET is the TURN server's own, "
                + "that both clocks agree, its quotas, and that credentials in iceServers have not expired"
        case .udpBlocked:
            "\(self.at) no STUN or TURN server responds: the network blocks UDP, or the servers are down, so give a TURN server over TCP or "
                + "TLS on port 443 (turns: in TURN_URLS or iceServers)"
        case .checksFailed where self.hint == .mdns:
            "\(self.at) there are only mDNS host names, which the other side cannot resolve: configure STUN (STUN_PORT, ICE_SERVERS) or TURN "
                + "(TURN_URLS, TURN_SECRET), or pass iceServers"
        case .checksFailed:
            "no pair of candidates worked although a TURN server was there: check firewalls, and which peers the TURN server allows "
                + "(denied-peer-ip), with iceTransportPolicy: relay on both sides"
        case .dtlsFailed:
            "a way was found, and the DTLS handshake on it failed: check that each side has the description of the other as it was sent, "
                + "and that nothing on the way drops large UDP packets"
        case .peerLeft:
            "side \(self.place.name) left before the peers were connected: keep its page open until then, and pair again with a new code"
        case .verificationFailed:
            "the peers did not verify each other: one may have mistyped, or somebody is between them, so pair again with a new code"
        case .signalingLost:
            "\(self.at) the connection to this server broke before the peers were connected: check that network, and that proxies on the "
                + "way keep WebSockets open for longer than HEARTBEAT"
        case .timeout:
            "the peers were not connected in time: give them longer (connectWithinMs), or a TURN server (TURN_URLS, iceServers) where direct "
                + "ways are slow to be found"
        }
    }

    private var adviceWithoutRelay: String {
        let relay = "set TURN_URLS and TURN_SECRET, or pass a TURN server in iceServers"
        switch (self.hint, self.place) {
        case (.noSTUN, _): return "no STUN or TURN server is configured, so the peers must be in one network: set STUN_PORT, and \(relay)"
        case (.strictNAT, _): return "both sides are behind NATs that let no direct way through, and no TURN server is configured: \(relay)"
        case (_, .both): return "there is no direct way between the two networks, and no TURN server is configured: \(relay)"
        case (_, _): return "\(self.at) no public address was found by STUN, and no TURN server is configured: \(relay)"
        }
    }

    private var at: String {
        switch self.place {
        case .a, .b: "at side \(self.place.name)"
        case .both: "at both sides"
        }
    }
}
