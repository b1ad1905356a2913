import DoctorCore
import SignalingClient
import Synchronization

/// Opens many connections, and holds them for a moment.
struct CrowdProbe: Sendable {
    let probe: SignalingProbe
    let wanted: Int
    /// How many files this process may have open.
    let descriptors: Int

    /// So many are opened side by side.
    private static let width = 16
    private static let held = Duration.seconds(1)
    /// What this process has open besides.
    private static let ownDescriptors = 32

    fileprivate enum Attempt: Sendable {
        case open(any SignalingSocket)
        case failed(Obstacle)
    }

    func facts() async -> CrowdFacts {
        let crowd = Crowd()
        var obstacle = crowd.note(await self.open(isMinting: false))
        // A server may want a code for each room.
        var isMinting = false
        if case .upgrade(.refused(let reply))? = obstacle, reply.status == 403, reply.detail?.contains("token") == true {
            isMinting = true
            obstacle = crowd.note(await self.open(isMinting: true))
        }
        if obstacle == nil { obstacle = await self.fill(crowd, isMinting: isMinting) }
        if obstacle == nil { try? await Task.sleep(for: Self.held) }
        let (opened, lost) = crowd.end()
        let isOwnLimit = obstacle.map { self.isOwn($0) || opened + Self.ownDescriptors >= self.descriptors } ?? false
        return CrowdFacts(
            wanted: self.wanted, opened: opened, obstacle: obstacle, lost: obstacle == nil ? lost : 0, isOwnLimit: isOwnLimit)
    }

    private func fill(_ crowd: Crowd, isMinting: Bool) async -> Obstacle? {
        await withTaskGroup(of: Attempt.self) { group in
            var begun = 1
            var obstacle: Obstacle?
            while begun < min(self.wanted, Self.width + 1) {
                group.addTask { await self.open(isMinting: isMinting) }
                begun += 1
            }
            while let attempt = await group.next() {
                let further = crowd.note(attempt)
                obstacle = obstacle ?? further
                if obstacle == nil, begun < self.wanted {
                    group.addTask { await self.open(isMinting: isMinting) }
                    begun += 1
                }
            }
            return obstacle
        }
    }

    private func open(isMinting: Bool) async -> Attempt {
        var room = SignalingProbe.anyRoom()
        if isMinting {
            switch await self.probe.mint() {
            case .wanted(let answer): room = answer.room(.a)
            case .other(let reply): return .failed(.code(.notMinted(reply)))
            case .none(let cause): return .failed(.code(.unanswered(cause)))
            }
        }
        let (outcome, socket) = await self.probe.open(room, .a)
        return socket.map { .open($0) } ?? .failed(.upgrade(outcome))
    }

    /// Whether it is this machine that has no more to give.
    private func isOwn(_ obstacle: Obstacle) -> Bool {
        guard case .upgrade(.unanswered(let cause)) = obstacle else { return false }
        let words = cause.lowercased()
        return words.contains("too many open files") || words.contains("cannot assign requested address")
    }
}

/// Connections that are read all the time, as their pings have to be answered.
private final class Crowd: Sendable {
    private struct State {
        var sockets: [any SignalingSocket] = []
        var readers: [Task<Void, Never>] = []
        var lost = 0
    }

    private let state = Mutex(State())

    /// What is in the way of further ones.
    func note(_ attempt: CrowdProbe.Attempt) -> Obstacle? {
        switch attempt {
        case .failed(let obstacle): return obstacle
        case .open(let socket):
            let reader = Task { if await PairingProbe.end(of: socket) != nil { self.state.withLock { $0.lost += 1 } } }
            self.state.withLock {
                $0.sockets.append(socket)
                $0.readers.append(reader)
            }
            return nil
        }
    }

    /// How many were opened, and how many of them ended by themselves.
    func end() -> (opened: Int, lost: Int) {
        let (sockets, readers, lost) = self.state.withLock { ($0.sockets, $0.readers, $0.lost) }
        for reader in readers { reader.cancel() }
        for socket in sockets { socket.abort() }
        return (sockets.count, lost)
    }
}
