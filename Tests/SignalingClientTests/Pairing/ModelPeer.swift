@testable import SignalingClient

/// A WebRTC connection without a network: what it makes and takes, and when it would be connected.
struct ModelPeer: Sendable {
    enum Signaling: Sendable { case stable, haveLocalOffer, haveRemoteOffer }

    /// One hash of a certificate, in hexadecimal digits without colons.
    let certificate: String
    private(set) var signaling = Signaling.stable
    private(set) var local: String?
    private(set) var remote: String?
    private var agreedLocal: String?
    private var generation = 0
    private var wantsRestart = false
    private var isRolledBack = false
    /// Every description that it has made, and that it was given.
    private(set) var made: [String] = []
    private(set) var applied: [String] = []
    private(set) var added: [ICECandidate?] = []
    var statistics = PeerStatistics()
    var failsAt: String?
    /// What comes of asking for fresh servers, and how many descriptions there were each time.
    var renewal = EngineResult.renewed(expireIn: nil)
    private(set) var renewals: [Int] = []

    init(_ digit: Character) { self.certificate = Array(repeating: "\(digit)\(digit)", count: 32).joined(separator: ":").uppercased() }

    var ufrag: String { "\(self.certificate.prefix(2))gen\(self.generation)" }

    private mutating func describe(_ kind: String) -> String {
        let sdp = """
            v=0\r\no=- \(self.made.count) 2 IN IP4 127.0.0.1\r\ns=\(kind)\r\nt=0 0\r\na=ice-ufrag:\(self.ufrag)\r\n\
            a=fingerprint:sha-256 \(self.certificate)\r\na=setup:\(kind == "offer" ? "actpass" : "active")\r\n
            """
        self.made.append(sdp)
        return sdp
    }

    mutating func perform(_ step: EngineStep) -> (EngineResult, [PeerEvent]) {
        if let failsAt, "\(step)".hasPrefix(failsAt) { return (.failed("told to fail"), []) }
        let candidate = ICECandidate(
            candidate: "candidate:1 1 udp 2122260223 192.0.2.1 5\(self.generation) typ host", sdpMid: "0", sdpMLineIndex: 0)
        switch step {
        case .makeOffer:
            guard self.signaling == .stable else { return (.failed("no offer in \(self.signaling)"), []) }
            let isNew = self.local == nil || self.wantsRestart
            if self.wantsRestart { self.generation += 1 }
            self.wantsRestart = false
            self.signaling = .haveLocalOffer
            self.local = self.describe("offer")
            return (.description(self.local ?? ""), isNew ? [.candidate(candidate), .candidate(nil)] : [])
        case .repeatOffer:
            return self.local.map { (.description($0), []) } ?? (.failed("no local description"), [])
        case .makeAnswer:
            guard self.signaling == .haveRemoteOffer else { return (.failed("no answer in \(self.signaling)"), []) }
            let isNew = self.agreedLocal == nil || self.wantsRestart
            if self.wantsRestart { self.generation += 1 }
            self.wantsRestart = false
            self.signaling = .stable
            self.local = self.describe("answer")
            self.agreedLocal = self.local
            defer { self.isRolledBack = false }
            return (
                .description(self.local ?? ""),
                (isNew ? [.candidate(candidate), .candidate(nil)] : []) + (self.isRolledBack ? [.negotiationNeeded] : [])
            )
        case .apply(let description, _):
            switch description.kind {
            case .offer:
                self.isRolledBack = self.signaling == .haveLocalOffer
                if let remote = self.remote, usernameFragment(in: remote) != usernameFragment(in: description.sdp) {
                    self.wantsRestart = true
                }
                self.signaling = .haveRemoteOffer
            case .answer:
                guard self.signaling == .haveLocalOffer else { return (.failed("no answer is awaited in \(self.signaling)"), []) }
                self.signaling = .stable
                self.agreedLocal = self.local
            }
            self.remote = description.sdp
            self.applied.append(description.sdp)
            return (.done, [])
        case .add(let candidate): self.added.append(candidate)
        case .restartICE: self.wantsRestart = true
        case .renewServers:
            self.renewals.append(self.made.count)
            return (self.renewal, [])
        case .look: return (.statistics(self.statistics), [])
        }
        return (.done, [])
    }

    /// Both have the descriptions that the other one has now: then there is a way, and DTLS finds the certificates that it was told of.
    static func fit(_ one: ModelPeer, _ other: ModelPeer) -> Bool {
        guard one.signaling == .stable, other.signaling == .stable, let a = one.remote, let b = other.remote else { return false }
        return usernameFragment(in: a) == other.ufrag && usernameFragment(in: b) == one.ufrag
            && SignalingClient.certificate(in: a).contains(other.certificate.lowercased())
            && SignalingClient.certificate(in: b).contains(one.certificate.lowercased())
    }
}
