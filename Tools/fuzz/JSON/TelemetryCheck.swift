import SignalingTestKit
import SignalingWire

/// What the server reads in a telemetry frame, against the same read plainly off the tree.
enum TelemetryCheck {
    static func check(_ envelope: Envelope, _ text: [UInt8], _ tree: PlainJSON) throws {
        guard envelope.kind == .telemetry else { return }
        let ours = Telemetry(envelope, in: text.span)
        let theirs = self.read(tree)
        try expect(ours == theirs, "telemetry is \(String(describing: ours)), and plainly read \(String(describing: theirs))")
    }

    private static func read(_ tree: PlainJSON) -> Telemetry? {
        let events = ["ice-connected": Telemetry.Event.connected, "ice-failed": .failed, "ice-restart": .restart]
        guard let event = self.word(tree["event"]).flatMap({ events[$0] }) else { return nil }
        var report = Telemetry(event)
        report.mode = self.given(tree["mode"]).map { self.word($0).flatMap { self.modes[$0] } ?? .other } ?? .unspecified
        report.reason = self.given(tree["reason"]).map { self.word($0).flatMap { self.reasons[$0] } ?? .other } ?? .iceFailed
        report.candidates = self.candidates(tree["candidates"])
        report.remote = self.candidates(tree["remote"])
        if let servers = tree["servers"], servers.members != nil {
            report.servers = ServerCounts(stun: self.count(servers["stun"]) ?? 0, turn: self.count(servers["turn"]) ?? 0)
        }
        report.pairs = self.count(tree["pairs"])
        for code in (tree["errors"]?.elements ?? []).prefix(16).compactMap(self.number) {
            if (400...499).contains(code) || code == 508 { report.errors.insert(.refused) }
            if code == 701 { report.errors.insert(.unreached) }
        }
        if let selected = tree["selected"], selected.members != nil {
            let types = [selected["local"], selected["remote"]].compactMap { self.word($0) }
            if types.contains("relay") {
                report.selected.isRelayed = true
            } else if types.contains(where: ["host", "srflx", "prflx"].contains) {
                report.selected.isRelayed = false
            }
            let transports = ["udp": SelectedPair.Transport.udp, "tcp": .tcp, "tls": .tls]
            report.selected.relayTransport = self.word(selected["relayProtocol"]).flatMap { transports[$0] }
        }
        report.isDTLSFailed = self.word(tree["dtls"]) == "failed"
        report.isICEFailed = self.word(tree["ice"]) == "failed"
        report.isResumed = tree["resumed"]?.isTrue ?? false
        return report
    }

    private static let modes: [String: Telemetry.Mode] = [
        "unspecified": .unspecified, "direct": .direct, "relay": .relay, "host": .host, "srflx": .srflx, "prflx": .prflx,
    ]
    private static let reasons: [String: Telemetry.Reason] = [
        "ice-failed": .iceFailed, "timeout": .timeout, "disconnected": .disconnected, "closed": .closed, "no-candidates": .noCandidates,
        "verification-failed": .verificationFailed, "dtls-failed": .dtlsFailed, "peer-left": .peerLeft, "signaling-lost": .signalingLost,
    ]

    private static func candidates(_ value: PlainJSON?) -> CandidateCounts? {
        guard let value, value.members != nil else { return nil }
        return CandidateCounts(
            host: self.count(value["host"]) ?? 0, srflx: self.count(value["srflx"]) ?? 0, relay: self.count(value["relay"]) ?? 0,
            prflx: self.count(value["prflx"]) ?? 0, mdns: self.count(value["mdns"]) ?? 0)
    }

    private static func given(_ value: PlainJSON?) -> PlainJSON? { value == .null ? nil : value }

    /// In lower case as ASCII has it; nil for what is not ASCII, as Strings that look alike are equal.
    private static func word(_ value: PlainJSON?) -> String? {
        guard let text = value?.text, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        return text.lowercased()
    }

    private static func number(_ value: PlainJSON) -> UInt64? {
        guard case .number(let text) = value, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(text) ?? .max
    }

    private static func count(_ value: PlainJSON?) -> UInt8? { value.flatMap(self.number).map { UInt8(clamping: $0) } }
}
