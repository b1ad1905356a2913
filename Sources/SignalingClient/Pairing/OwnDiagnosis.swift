// Why two devices do not reach each other, as one side can tell by itself. The server knows both sides' reports and decides by the same
// rules, so its word is better where there is one.

extension ICEFacts {
    func diagnosis(here: Side, reason: String) -> Diagnosis {
        if reason == "verification-failed" { return Diagnosis(cause: "verification_failed", side: "both") }
        if reason == "dtls-failed" || (self.dtls == "failed" && self.ice != "failed") {
            return Diagnosis(cause: "dtls_failed", side: "both")
        }
        if let obstacle = self.obstacle { return Diagnosis(cause: obstacle, side: here.rawValue) }
        if self.local.isEmpty { return Diagnosis(cause: "no_candidates", side: here.rawValue) }
        if self.remote.isEmpty { return Diagnosis(cause: "no_candidates", side: here.other.rawValue) }
        if self.turnServers == 0, self.local.relay + self.remote.relay == 0 {
            return self.withoutRelay(here: here, there: here.other.rawValue)
        }
        if self.pairs == 0, self.local.isHidden { return Diagnosis(cause: "checks_failed", side: here.rawValue, hint: "mdns") }
        if self.pairs == 0, self.remote.isHidden { return Diagnosis(cause: "checks_failed", side: here.other.rawValue, hint: "mdns") }
        return Diagnosis(cause: reason == "timeout" ? "timeout" : "checks_failed", side: "both")
    }

    /// What is certain while the two still try, though only one side's report is known. Nil if nothing is.
    func earlyWarning(here: Side) -> Diagnosis? {
        // A relay on either side may be enough.
        guard self.local.relay + self.remote.relay == 0, self.isComplete || self.errors.contains(ICEReport.unreached) else { return nil }
        if let obstacle = self.obstacle { return Diagnosis(cause: obstacle, side: here.rawValue) }
        let diagnosis = self.withoutRelay(here: here, there: nil)
        return diagnosis.hint == "no_stun" ? diagnosis : nil
    }

    /// What this side's own candidates show: that its network, or its TURN server, is in the way.
    private var obstacle: String? {
        if self.local.relay > 0 { return nil }
        if self.turnServers > 0, self.errors.contains(where: Self.isRefusal) { return "relay_refused" }
        if self.stunServers + self.turnServers > 0, self.local.srflx == 0, self.errors.contains(ICEReport.unreached) {
            return "udp_blocked"
        }
        return self.turnServers > 0 ? "relay_unreachable" : nil
    }

    /// TURN says no with these: wrong, unknown or expired credentials, a quota that is used up, too many allocations.
    private static func isRefusal(_ code: Int) -> Bool { (400..<500).contains(code) || code == 508 }

    private func withoutRelay(here: Side, there: String?) -> Diagnosis {
        let cause = "no_relay_configured"
        if self.local.srflx > 0, self.remote.srflx > 0 { return Diagnosis(cause: cause, side: "both", hint: "strict_nat") }
        if self.stunServers == 0, self.local.srflx + self.remote.srflx == 0 {
            return Diagnosis(cause: cause, side: "both", hint: "no_stun")
        }
        if self.local.srflx == 0, self.remote.srflx == 0 { return Diagnosis(cause: cause, side: "both") }
        return Diagnosis(cause: cause, side: self.local.srflx == 0 ? here.rawValue : there)
    }
}

extension Diagnosis {
    /// With what developers and operators can do, as seen by the side `here`. A cause that this version does not know has the server's words.
    func worded(here: Side) -> Diagnosis {
        var worded = self
        worded.advice = self.words(here: here) ?? self.advice ?? "No way between the two devices was found."
        return worded
    }

    private static let overTCP = """
        a TURN server over TCP or TLS on port 443 (turn:…?transport=tcp, turns:…), in the server's TURN_URLS or in the engine's ICE servers
        """

    private func words(here: Side) -> String? {
        let who =
            switch self.side {
            case here.rawValue?: "this device"
            case here.other.rawValue?: "the other device"
            case "both"?: "both devices"
            default: "one of the devices"
            }
        switch (self.cause, self.hint) {
        case ("no_candidates", _):
            return "No network address was offered by \(who). Check the network there, and the TURN server where only relays are allowed."
        case ("no_relay_configured", "no_stun"):
            return """
                No STUN or TURN server is configured, so only devices in one network find each other. Configure the server's STUN_PORT, \
                ICE_SERVERS or TURN_URLS, or give the engine ICE servers.
                """
        case ("no_relay_configured", "strict_nat"):
            return """
                Both devices have public addresses, and a strict NAT or a firewall keeps them apart. Only a TURN server helps: TURN_URLS \
                and TURN_SECRET of the server, or one that the engine is given.
                """
        case ("no_relay_configured", _):
            return """
                No public address of \(who) is known: UDP is blocked there, or the STUN server does not answer. What helps is \
                \(Self.overTCP).
                """
        case ("relay_unreachable", _):
            return """
                The TURN server did not answer \(who). Check its address, and that it runs. Where UDP is blocked, it takes \(Self.overTCP).
                """
        case ("relay_refused", _):
            return """
                The TURN server refused \(who). Compare its secret with TURN_SECRET, and the clocks of both; or check username and \
                credential, and the TURN server's quotas.
                """
        case ("udp_blocked", _):
            return "UDP is blocked in the network of \(who), or the STUN server is down. What helps is \(Self.overTCP)."
        case ("checks_failed", "mdns"):
            return """
                The addresses of \(who) are hidden behind names that end in .local, which were not resolved. A STUN or TURN server helps.
                """
        case ("checks_failed", _):
            return """
                Addresses were exchanged, and none led to the other device: a firewall or NAT is in the way. Check that both devices reach \
                a TURN server, and that it passes on what it gets.
                """
        case ("dtls_failed", _):
            return """
                The devices reached each other, and encryption did not come about: a certificate does not have the fingerprint that was \
                signaled, or something in between changes packets.
                """
        case ("verification_failed", _):
            return """
                The program at one side did not recognize the other side. Somebody else may be in between: do not go on before you know why.
                """
        case ("signaling_lost", _):
            return """
                The connection of \(who) to the signaling server broke before the two were connected. Check the network there, then pair \
                again.
                """
        case ("timeout", _):
            return "The two devices did not connect in time. Try again; if it happens again, configure a TURN server."
        default: return nil
        }
    }
}
