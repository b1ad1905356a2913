import DoctorCore
import ICECore
import NIOCore
import NIOSSL
import NetworkAddresses
import SignalingClient

/// Asks STUN and TURN servers what clients will ask them.
struct ICEProbe: Sendable {
    let dialer: Dialer

    /// One server of a list, as one URL names it.
    struct Target: Sendable {
        var url: ICEURL
        var username = ""
        var credential = ""
    }

    /// What a list holds. What is left out of `targets` nobody can use.
    static func read(_ servers: [ICEServer]) -> (facts: ICEFacts, targets: [Target]) {
        var facts = ICEFacts()
        var targets: [Target] = []
        for server in servers {
            for text in server.urls.prefix(ICEServerList.mostURLs) {
                guard let url = try? ICEURL(text), !url.isTURN || (server.username != nil && server.credential != nil) else {
                    facts.unusable.append(text)
                    continue
                }
                facts.urls.append(url)
                targets.append(Target(url: url, username: server.username ?? "", credential: server.credential ?? ""))
            }
        }
        return (facts, targets)
    }

    /// A finding, and the address that this machine has by word of the server.
    func look(at target: Target, now: Int) async -> (Finding, seenAs: ClientAddress?) {
        if target.url.isTURN { return await self.relay(target, now: now) }
        let outcome = await self.mapping(target.url)
        if case .mapped(let address) = outcome { return (.stun(outcome, target.url), address) }
        return (.stun(outcome, target.url), nil)
    }

    private func mapping(_ url: ICEURL) async -> MappingOutcome {
        do {
            var line = try await STUNLine(url.place, self.dialer)
            defer { line.close() }
            var mapping = Mapping(seed: Self.seed)
            let request = mapping.begin()
            return try await line.ask(request) { mapping.receive($0) } ?? .unanswered
        } catch {
            return .unreachable(self.words(error))
        }
    }

    private func relay(_ target: Target, now: Int) async -> (Finding, seenAs: ClientAddress?) {
        guard target.url.place.transport != .dtls else {
            return (.skipped(.turn, "no browser speaks DTLS to a TURN server", subject: target.url.text), nil)
        }
        var server: ClientAddress?
        var outcome = RelayOutcome.unanswered
        do {
            var line = try await STUNLine(target.url.place, self.dialer)
            defer { line.close() }
            server = line.server?.client
            outcome = try await self.allocate(target, over: &line)
        } catch {
            outcome = .unreachable(self.words(error))
        }
        let finding = Finding.turn(outcome, target.url, username: target.username, server: server, now: now)
        if case .relayed(_, let seenAs) = outcome { return (finding, seenAs) }
        return (finding, nil)
    }

    private func allocate(_ target: Target, over line: inout STUNLine) async throws -> RelayOutcome {
        var allocation = Allocation(username: target.username, password: target.credential, seed: Self.seed)
        var request = allocation.begin()
        // It ends: each request is the next of a few.
        while true {
            let step = try await line.ask(request) { message -> Allocation.Step? in
                let step = allocation.receive(message)
                return step == .ignored ? nil : step
            }
            switch step {
            case .send(let next)?: request = next
            case .over(let outcome)?: return outcome
            case .ignored?, nil: return allocation.allocated ?? .unanswered
            }
        }
    }

    private func words(_ error: any Error) -> String {
        if error is NIOSSLError || error is BoringSSLError { return "TLS fails: \(error)" }
        if case .eof? = error as? ChannelError { return "ends the connection" }
        return self.dialer.words(error)
    }

    private static var seed: (UInt64, UInt64) { (.random(in: 0 ... .max), .random(in: 0 ... .max)) }
}
