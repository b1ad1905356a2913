import Foundation
import ServerUnderTest

/// Sessions that a program of its own holds, opened, held in silence, used and closed.
struct ClientSessions {
    let program: String
    let rooms: Int
    let items: Int
    let hold: Double

    private var sessions: Int { 2 * self.rooms }
    private var exchanged: Int { self.rooms * self.items }

    func measure(_ target: Target, _ progress: Progress) throws -> Outcome {
        let url = "http://\(target.address)"
        let program = try StopSignals.starting {
            try ClientProgram(path: self.program, arguments: [url, "--rooms", "\(self.rooms)", "--items", "\(self.items)"])
        }
        defer { program.kill() }
        func pass(_ word: String, _ doing: String) throws -> Moment {
            progress.show(doing)
            try program.expect(word)
            return Moment(target, program)
        }
        let ready = try pass("ready", "starting")
        try program.proceed()
        let open = try pass("open", "opening \(self.sessions.grouped) sessions")
        progress.show("all are open and silent")
        Thread.sleep(forTimeInterval: self.hold)
        let held = Moment(target, program)
        try program.proceed()
        let exchanged = try pass("exchanged", "\(self.exchanged.grouped) items")
        try program.proceed()
        let closed = try pass("closed", "closing all")
        var outcome = Outcome()
        self.addOpening(&outcome, ready, open, held)
        self.addItems(&outcome, held, exchanged, closed)
        outcome.addDisturbance(CPUShares(from: ready.all, to: closed.all))
        return outcome
    }

    private func addOpening(_ outcome: inout Outcome, _ ready: Moment, _ open: Moment, _ held: Moment) {
        outcome.add("sessions", "sessions", .count, Double(self.sessions))
        outcome.add("connect_s", "time to open all", .seconds, open.all.seconds - ready.all.seconds)
        self.addCPU(&outcome, from: ready, to: open, units: self.sessions, key: "session", label: "a session opened")
        outcome.addMegabytes("client_rss_before_mb", "client memory before (RSS)", ready.memory?.resident)
        outcome.addMegabytes("client_rss_open_mb", "client memory while open (RSS)", held.memory?.resident)
        self.addEach(&outcome, "client", from: ready.memory, to: held.memory)
        self.addEach(&outcome, "server", from: ready.all.memory, to: held.all.memory)
        let idle = CPUShares(from: open.all, to: held.all)
        outcome.add("client_idle_cpu_pct", "client CPU while silent", .percent, open.share(until: held))
        outcome.add("server_idle_cpu_pct", "server CPU while silent", .percent, idle.server)
    }

    private func addEach(_ outcome: inout Outcome, _ owner: String, from start: ProcessMemory?, to end: ProcessMemory?) {
        guard let start, let end else { return }
        let each = Double(end.resident - start.resident) / Double(self.sessions)
        outcome.add("\(owner)_bytes_per_session", "\(owner) memory a session (RSS)", .bytes, each)
    }

    private func addItems(_ outcome: inout Outcome, _ held: Moment, _ exchanged: Moment, _ closed: Moment) {
        outcome.add("items", "items", .count, Double(self.exchanged))
        outcome.add("items_per_s", "items a second", .count, Double(self.exchanged) / (exchanged.all.seconds - held.all.seconds))
        self.addCPU(&outcome, from: held, to: exchanged, units: self.exchanged, key: "item", label: "an item")
        outcome.addMegabytes("client_rss_used_mb", "client memory after the items (RSS)", exchanged.memory?.resident)
        outcome.addMegabytes("client_rss_closed_mb", "client memory when all have closed (RSS)", closed.memory?.resident)
    }

    private func addCPU(_ outcome: inout Outcome, from start: Moment, to end: Moment, units: Int, key: String, label: String) {
        if let before = start.client, let after = end.client {
            let used = after - before
            for (suffix, part, seconds) in [("", "", used.total), ("user_", ", user", used.user), ("sys_", ", system", used.system)] {
                let value = Statistics.perUnit(seconds, units)
                outcome.add("client_cpu_\(suffix)us_per_\(key)", "client CPU \(label)\(part)", .microseconds, value)
            }
        }
        if let before = start.all.server, let after = end.all.server {
            let value = Statistics.perUnit((after - before).total, units)
            outcome.add("cpu_us_per_\(key)", "server CPU \(label)", .microseconds, value)
        }
    }
}

/// What everybody has used up to a moment, the program with the sessions among them.
private struct Moment {
    var all: Snapshot
    let client: ProcessorTime?
    let memory: ProcessMemory?

    init(_ target: Target, _ program: ClientProgram) {
        self.all = Snapshot(target)
        self.client = ProcessorTime(pid: program.pid)
        self.memory = ProcessMemory(pid: program.pid)
        // It is the generator.
        if let client = self.client, let sum = ProcessorTime.sum([self.all.generator, client]) { self.all.generator = sum }
    }

    /// Of one CPU, in percent.
    func share(until end: Moment) -> Double? {
        guard let before = self.client, let after = end.client else { return nil }
        return (after - before).total / (end.all.seconds - self.all.seconds) * 100
    }
}

extension Outcome {
    fileprivate mutating func addMegabytes(_ key: String, _ label: String, _ bytes: Int?) {
        self.add(key, label, .megabytes, bytes.map { Double($0) / 1e6 })
    }
}
