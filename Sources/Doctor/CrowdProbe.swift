import DoctorCore
import SignalingClient

/// Opens many connections, and holds them for a moment.
struct CrowdProbe: Sendable {
    let probe: SignalingProbe
    let wanted: Int

    /// So many are opened side by side.
    private static let width = 16
    private static let held = Duration.seconds(1)

    private struct Attempt: Sendable {
        var outcome: UpgradeOutcome
        var socket: (any SignalingSocket)?
    }

    func facts() async -> CrowdFacts {
        var sockets: [any SignalingSocket] = []
        defer { for socket in sockets { socket.abort() } }
        var obstacle: UpgradeOutcome?
        var attempt = await self.open(minted: false)
        // A server may want a token for each side.
        var minted = false
        if case .refused(let reply) = attempt.outcome, reply.status == 403, reply.detail?.contains("token") == true {
            minted = true
            attempt = await self.open(minted: true)
        }
        if let socket = attempt.socket { sockets.append(socket) } else { obstacle = attempt.outcome }
        if obstacle == nil {
            let mints = minted
            await withTaskGroup(of: Attempt.self) { group in
                var begun = 1
                while begun < min(self.wanted, Self.width + 1) {
                    group.addTask { await self.open(minted: mints) }
                    begun += 1
                }
                while let attempt = await group.next() {
                    if let socket = attempt.socket { sockets.append(socket) } else { obstacle = obstacle ?? attempt.outcome }
                    if obstacle == nil, begun < self.wanted {
                        group.addTask { await self.open(minted: mints) }
                        begun += 1
                    }
                }
            }
        }
        let isOwnLimit = if case .unanswered(let cause)? = obstacle { cause.lowercased().contains("too many open files") } else { false }
        var facts = CrowdFacts(wanted: self.wanted, opened: sockets.count, obstacle: obstacle, isOwnLimit: isOwnLimit)
        if obstacle == nil { facts.lost = await Self.lost(sockets) }
        return facts
    }

    private func open(minted: Bool) async -> Attempt {
        var room = SignalingProbe.anyRoom()
        if minted {
            switch await self.probe.mint() {
            case .wanted(let answer): room = answer.room(.a)
            case .other(let reply): return Attempt(outcome: .refused(reply))
            case .none(let cause): return Attempt(outcome: .unanswered(cause))
            }
        }
        let (outcome, socket) = await self.probe.open(room, .a)
        return Attempt(outcome: outcome, socket: socket)
    }

    /// How many end while all are open.
    private static func lost(_ sockets: [any SignalingSocket]) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for socket in sockets { group.addTask { await PairingProbe.end(of: socket) == nil ? 0 : 1 } }
            try? await Task.sleep(for: Self.held)
            group.cancelAll()
            return await group.reduce(0, +)
        }
    }
}
