package import DoctorCore
import ICECore
import NetworkAddresses
package import SignalingClient
import SignalingClientNIO

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Looks at a server from outside, as its clients see it, one thing after the other.
package struct Examination {
    package struct Options: Sendable {
        /// An origin whose pages are to connect.
        package var origin: String?
        /// A key or a token, where the server asks for one.
        package var authorization: String?
        /// Whether to leave connections idle for three times HEARTBEAT.
        package var idle = false
        /// How many connections to open at once.
        package var connections: Int?
        /// How many files this process may have open.
        package var descriptors = Int.max
        /// A file of certificates to trust beside the system's.
        package var trusted: String?
        /// For each thing that is waited for.
        package var limit = Duration.seconds(5)

        package init() {}
    }

    private let options: Options
    private let address: ServerAddress
    private let dialer: Dialer
    private let probe: SignalingProbe
    private let tell: (Finding) -> Void
    private var findings: [Finding] = []
    private var own: [ClientAddress] = []
    /// Where the connection went.
    private var remote: ClientAddress?

    /// `tell` hears of each finding when it is made.
    package init(_ url: String, _ options: Options, tell: @escaping (Finding) -> Void) throws(ClientError) {
        self.address = try ServerAddress(url)
        self.options = options
        self.dialer = Dialer(limit: options.limit, trusted: options.trusted)
        self.probe = SignalingProbe(
            address: self.address, transport: NIOTransport(trusting: options.trusted), limit: options.limit,
            authorization: options.authorization, origin: options.origin)
        self.tell = tell
    }

    package mutating func run() async -> [Finding] {
        guard await self.reaches() else {
            self.skip([.server, .code, .upgrade, .pairing, .iceServers] + self.wanted, "not looked at: clients do not get that far")
            return self.findings
        }
        let answer = await self.probe.identify()
        guard self.note(.server(answer, path: self.address.path, isSecure: self.address.isSecure)) else {
            self.skip([.code, .upgrade, .pairing, .iceServers] + self.wanted, "not looked at: the server is not reached")
            return self.findings
        }
        let identity: Identity? = if case .wanted(let identity) = answer { identity } else { nil }
        if let identity { await self.lookAtInstances(identity) }
        await self.lookAtPages()
        let room = await self.lookAtCode(heartbeatMs: identity?.heartbeatMs ?? 20_000)
        if let connections = self.options.connections {
            let crowd = CrowdProbe(probe: self.probe, wanted: connections, descriptors: self.options.descriptors)
            self.note(.connections(await crowd.facts()))
        }
        if let room { await self.lookAtICE(room) }
        if let identity { await self.lookAtAddresses(identity) }
        return self.findings
    }

    /// False for a fault.
    @discardableResult
    private mutating func note(_ finding: Finding) -> Bool {
        self.findings.append(finding)
        self.tell(finding)
        return finding.level != .fault
    }

    private mutating func skip(_ checks: [Finding.Check], _ cause: String) {
        for check in checks { self.note(.skipped(check, cause)) }
    }

    /// What is looked at only where somebody asks for it.
    private var wanted: [Finding.Check] {
        let all: [(Finding.Check, Bool)] = [
            (.origin, self.options.origin != nil), (.idle, self.options.idle), (.connections, self.options.connections != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    private var idleIfWanted: [Finding.Check] { self.options.idle ? [.idle] : [] }

    private static var now: Int { Int(time(nil)) }

    // MARK: - The way to the server

    private mutating func reaches() async -> Bool {
        let (outcome, local, remote) = await self.dialer.reach(self.address.host, self.address.port)
        if let local { self.own.append(local) }
        self.remote = remote
        guard self.note(.connection(outcome, to: "\(self.address.host) port \(self.address.port)")) else { return false }
        guard self.address.isSecure else { return true }
        let facts = await CertificateProbe(dialer: self.dialer, host: self.address.host, port: self.address.port).facts()
        return self.note(.certificate(facts, for: self.address.host, now: Self.now))
    }

    /// Requests, each on a connection of its own, so that whoever shares them out has the chance to.
    private static let furtherRequests = 3

    private mutating func lookAtInstances(_ first: Identity) async {
        var seen = [first]
        for _ in 0..<Self.furtherRequests {
            if case .wanted(let identity) = await self.probe.identify() { seen.append(identity) }
        }
        if let finding = Finding.instances(seen) { self.note(finding) }
    }

    private mutating func lookAtPages() async {
        if let origin = self.options.origin {
            self.note(.origin(origin, await OriginProbe(probe: self.probe, trusted: self.options.trusted, origin: origin).outcome()))
        }
        if await self.probe.body(of: "/demo/settings.json")?.contains(#""addresses""#) == true {
            let origin = "\(self.address.isSecure ? "https" : "http")://\(self.address.authority)"
            if let finding = Finding.page(await self.probe.identify([("Origin", origin)]), origin: origin) { self.note(finding) }
        }
        let page = await self.probe.body(of: "/metrics")
        self.note(.metrics(isPublic: page?.contains("# TYPE nt_") == true, path: "\(self.address.path)/metrics"))
    }

    // MARK: - A pairing

    /// The room of a code, if one could be minted.
    private mutating func lookAtCode(heartbeatMs: Int) async -> Room? {
        let (outcome, a, b) = await self.pass()
        guard self.note(.code(outcome, hasAuthorization: self.options.authorization != nil)), let a, let b else {
            self.skip([.upgrade, .pairing] + self.idleIfWanted, "not looked at: there is no code")
            if a == nil { self.skip([.iceServers], "not looked at: there is no code") }
            return a
        }
        await self.lookAtPairing(a, b, heartbeatMs)
        return a
    }

    private func pass() async -> (CodeOutcome, a: Room?, b: Room?) {
        switch await self.probe.mint() {
        case .other(let reply): return (.notMinted(reply), nil, nil)
        case .none(let cause): return (.unanswered(cause), nil, nil)
        case .wanted(let minted):
            let a = minted.room(.a)
            guard let code = minted.code else { return (.unanswered("there was no code in it"), a, nil) }
            switch await self.probe.redeem(code) {
            case .other(let reply): return (.notRedeemed(reply), a, nil)
            case .none(let cause): return (.unanswered(cause), a, nil)
            case .wanted(let redeemed): return (.works, a, redeemed.room(.b))
            }
        }
    }

    private mutating func lookAtPairing(_ a: Room, _ b: Room, _ heartbeatMs: Int) async {
        let (outcome, first) = await self.probe.open(a, .a)
        guard let first else {
            self.note(.upgrade(outcome))
            return self.skip([.pairing] + self.idleIfWanted, "not looked at: WebSockets do not come through")
        }
        let (other, second) = await self.probe.open(b, .b)
        self.note(.upgrade(other))
        guard let second else {
            first.abort()
            return self.skip([.pairing] + self.idleIfWanted, "not looked at: WebSockets do not come through")
        }
        var hasIdled = false
        let pair = PairingProbe(a: first, b: second, probe: self.probe)
        if self.note(.pairing(await pair.meet())) {
            let isWhole = self.note(.frames(lost: await pair.exchange()))
            if isWhole, self.options.idle, heartbeatMs > 0 {
                let held = 3 * heartbeatMs
                let outcome = await pair.idle(for: .milliseconds(held))
                self.note(.idle(outcome, heldMs: held))
                hasIdled = true
            }
        }
        if self.options.idle, !hasIdled {
            self.note(.skipped(.idle, heartbeatMs > 0 ? "not looked at: frames do not come through" : "HEARTBEAT is 0: nothing is due"))
        }
        await pair.close()
    }

    // MARK: - What peers need

    private mutating func lookAtICE(_ room: Room) async {
        let list = ICEProbe.read(room.iceServers)
        var facts = list.facts
        facts.isOverLimit = room.iceServersRetryAfterMs != nil
        self.note(.iceServers(facts, isLocal: self.remote?.isPrivate == true))
        let (probe, now) = (ICEProbe(dialer: self.dialer), Self.now)
        let looks = await withTaskGroup(of: (Int, Finding, ClientAddress?).self) { group in
            for (index, target) in list.targets.prefix(ICEServerList.mostURLs).enumerated() {
                group.addTask {
                    let (finding, seenAs) = await probe.look(at: target, now: now)
                    return (index, finding, seenAs)
                }
            }
            return await group.reduce(into: [(Int, Finding, ClientAddress?)]()) { $0.append($1) }
        }
        for (_, finding, seenAs) in looks.sorted(by: { $0.0 < $1.0 }) {
            if let seenAs { self.own.append(seenAs) }
            self.note(finding)
        }
    }

    /// Of a network for examples (RFC 5737): nobody has it.
    private static let madeUp = "198.51.100.77"

    private mutating func lookAtAddresses(_ identity: Identity) async {
        guard let seen = ClientAddress(identity.client) else { return }
        self.note(.clientAddress(seen: seen, own: self.own))
        guard case .wanted(let forged) = await self.probe.identify([("X-Forwarded-For", Self.madeUp)]) else {
            self.note(.skipped(.forwardedFor, "a request with a made-up X-Forwarded-For gets no response of the server"))
            return
        }
        self.note(.forwardedFor(isBelieved: forged.client == Self.madeUp, isOwnMachine: self.remote?.isLoopback == true))
    }
}
