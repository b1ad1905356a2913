import RawLoad
import ServerUnderTest

/// Rooms whose two connections say nothing, opened, held and closed, perhaps several times on one server process.
struct Idle {
    let rooms: Int
    let hold: Double
    let after: Double
    let rounds: Int

    func measure(_ target: Target, _ progress: Progress) throws -> Outcome {
        var outcome = Outcome()
        let first = target.memory
        outcome.add("connections", "connections", .count, Double(2 * self.rooms))
        outcome.add("rss_before_mb", "server memory before (RSS)", .megabytes, first.map { Double($0.resident) / 1e6 })
        for round in 1...self.rounds {
            // The keys of the first round have no number, nor have those of a single one.
            let suffix = round == 1 ? "" : "_round\(round)"
            let label = self.rounds == 1 ? "" : ", round \(round)"
            try self.round(target, progress, &outcome, Naming(suffix: suffix, label: label))
        }
        return outcome
    }

    private struct Naming {
        var suffix: String
        var label: String
        var isFirst: Bool { self.suffix.isEmpty }
    }

    private func round(_ target: Target, _ progress: Progress, _ outcome: inout Outcome, _ naming: Naming) throws {
        let loop = try RawLoopFactory.loop(target)
        let opener = RoomOpener(loop, target.places, rooms: self.rooms)
        let watcher = SilenceWatcher()
        defer { loop.client = nil }
        func add(_ key: String, _ label: String, _ kind: Figure.Kind, _ value: Double?) {
            outcome.add(key + naming.suffix, label + naming.label, kind, value)
        }
        let engineBefore = target.engine?.figures
        let (before, nodesBefore) = (Snapshot(target), NodeSnapshot(target))
        try opener.open(next: watcher, progress)
        let open = Snapshot(target)
        progress.show("all are open and silent")
        try loop.run(seconds: self.hold)
        let (held, nodesHeld) = (Snapshot(target), NodeSnapshot(target))
        let connections = Double(2 * self.rooms)
        add("connect_s", "time to open all", .seconds, open.seconds - before.seconds)
        if let server = open.server, let start = before.server {
            let each = Statistics.perUnit((server - start).total, 2 * self.rooms)
            add("cpu_us_per_conn", "server CPU a connection opened", .microseconds, each)
        }
        add("rss_after_mb", "server memory while open (RSS)", .megabytes, held.memory.map { Double($0.resident) / 1e6 })
        // Later rounds begin with what the first has left behind.
        if naming.isFirst, let full = held.memory, let empty = before.memory {
            add("bytes_per_conn", "a connection (RSS)", .bytes, Double(full.resident - empty.resident) / connections)
            add("anon_bytes_per_conn", "a connection (anonymous)", .bytes, Double(full.anonymous - empty.anonymous) / connections)
        }
        if naming.isFirst {
            outcome.addNodes(from: nodesBefore, to: nodesHeld, rooms: self.rooms)
            if let engineBefore, let engineHeld = target.engine?.figures {
                outcome.addEngineMemory(from: engineBefore, to: engineHeld, units: self.rooms, unit: "room")
            }
        }
        let shares = CPUShares(from: open, to: held)
        add("idle_cpu_pct", "server CPU while silent", .percent, shares.server)
        add("lost", "connections lost", .count, Double(watcher.lost))
        if watcher.lost > 0 { outcome.failures.append("\(watcher.lost) connections were lost\(naming.label)") }
        if naming.isFirst { outcome.addDisturbance(CPUShares(from: before, to: held)) }
        progress.show("closing all")
        try self.close(opener, loop)
        try loop.run(seconds: self.after)
        add("rss_closed_mb", "server memory when all have closed (RSS)", .megabytes, target.memory.map { Double($0.resident) / 1e6 })
    }

    private func close(_ opener: RoomOpener, _ loop: RawLoop) throws {
        let frame = ClientFrame.close(1000)
        for (index, connection) in opener.connections.enumerated() {
            connection.map { loop.send(frame, on: $0) }
            // So that neither side's queue grows long.
            if index % 512 == 511 { try loop.run(seconds: 0.002) }
        }
        try loop.run(seconds: 10) { !opener.connections.contains { $0?.isOpen == true } }
        for connection in opener.connections { connection.map(loop.close) }
    }
}

/// Counts connections that end.
private final class SilenceWatcher: RawClient {
    private(set) var lost = 0

    func ended(_ connection: RawConnection, _ end: RawConnection.End) { self.lost += 1 }
}
