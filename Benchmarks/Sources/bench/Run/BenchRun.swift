import ArgumentParser
import RawLoad
import ServerUnderTest

/// A command from its start to its table: as many runs as were asked for, each with a server process of its own.
struct BenchRun {
    let name: String
    let load: String
    let options: ServerOptions
    /// What the server needs for this load, unless --setting says otherwise.
    var needs: [String: String] = [:]

    func execute(_ measure: (Target, Progress) throws -> Outcome) throws {
        let progress = Progress()
        let settings = self.options.serverSettings(for: self.needs)
        var shown = settings
        if self.options.fileStore { shown["STORE"] = StoreFile.anySetting }
        if self.options.shared.engine != nil { shown["STORE"] = NodeOptions.store(port: "…") }
        var report = Report(scenario: self.name, load: self.load, isPinned: self.options.isPinned, settings: shown)
        for run in 1...self.options.runs {
            progress.prefix = self.options.runs > 1 ? "\(self.name) \(run)/\(self.options.runs)" : self.name
            let target = try Target(self.options, settings: settings)
            // Whatever went wrong, no server is left behind.
            defer { target.kill() }
            report.nodes = self.options.shared.description(engineName: target.engine?.figures?.name)
            if target.processorTime == nil {
                report.note(self.options.url != nil && self.options.pid == nil ? .noPID : .noProc)
            }
            do {
                report.add(try measure(target, progress))
            } catch  where !target.isRunning {
                throw RawFailure.gaveUp("the server has ended during the run (\(error))")
            }
            progress.end()
        }
        print(self.options.json ? try report.json() : report.table)
        if report.hasFailed { throw ExitCode(1) }
    }
}

enum RawLoopFactory {
    static func loop(_ target: Target) throws -> RawLoop { try RawLoop(server: target.address) }
}
