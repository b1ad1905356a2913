import ArgumentParser
import Foundation
import LoadClients
import NIOCore
import NIOPosix
import ServerUnderTest

@main
struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Mixed load with churn, every session accounted for; exit status 1 if anything is lost, left over, or grows.")

    @Option(help: "Start this server for the run.") var serverBinary: String?
    @Option(help: "Use a running server that nobody else uses, such as ws://127.0.0.1:1234.") var url: String?
    @Option(help: "Process of the server of --url, to watch its memory and descriptors.") var pid: Int32?
    @Option(help: "Length of the load.") var minutes: Double = 30
    @Option(help: "Sessions begun a second; all other scenarios are in proportion.") var rate: Double = 20
    @Option(help: "Pairs of clients that stay and relay.") var pairs = 150
    @Option(help: "Frames a second that each side of those pairs sends.") var pairRate: Double = 8
    @Option(help: "Seed of all random choices.") var seed: UInt64 = 1
    @Option(help: "ROOM_TTL in seconds; what --url was started with (default: 10 up to 5 minutes, else 30).") var roomTTL: Double?
    @Option(help: "HEARTBEAT in seconds; what --url was started with (default: 3 up to 5 minutes, else 5).") var heartbeat: Double?
    @Option(name: .customLong("setting"), help: "A further setting of the started server, NAME=value; may be repeated.")
    var settings: [String] = []
    @Option(help: "Seconds between lines of progress.") var progress: Double = 5
    @Option(help: "Write what was found to this path, with .json and .md behind it.") var record: String?

    func validate() throws {
        guard (self.serverBinary == nil) != (self.url == nil) else { throw ValidationError("give --server-binary or --url") }
        guard self.minutes > 0, self.rate > 0, self.pairs >= 0, self.pairRate > 0, self.progress > 0 else {
            throw ValidationError("numbers must be above 0")
        }
        guard ServerSettings.parse(self.settings) != nil else { throw ValidationError("--setting takes NAME=value") }
    }

    func run() async throws {
        let plan = SoakPlan(
            seconds: self.minutes * 60, rate: self.rate, pairs: self.pairs, pairRate: self.pairRate, seed: self.seed,
            roomTTL: self.roomTTL ?? (self.minutes <= 5 ? 10 : 30), heartbeat: self.heartbeat ?? (self.minutes <= 5 ? 3 : 5),
            progressSeconds: self.progress)
        var server: ServerProcess?
        var settings: [String: String] = [:]
        if let binary = self.serverBinary {
            settings = ["ROOM_TTL": "\(Int(plan.roomTTL * 1000))ms", "HEARTBEAT": "\(Int(plan.heartbeat * 1000))ms"]
            settings.merge(ServerSettings.parse(self.settings) ?? [:]) { $1 }
            server = try ServerProcess(
                binary: binary, settings: settings.merging(["SHUTDOWN_GRACE": "2s"]) { $1 }, expectedWarnings: ["many wrong codes"])
        }
        server.map(StopSignals.stop)
        do {
            let run = SoakRun(plan: plan, server: server, address: try self.address(of: server), pid: server?.pid ?? self.pid)
            var report = try await run.execute()
            report.settings = settings
            print(report.markdown)
            if let record = self.record { try report.write(to: record) }
            if !report.failures.isEmpty { throw ExitCode(1) }
        } catch {
            // Whatever went wrong, no server is left behind.
            if server?.isRunning == true { _ = try? server?.stop() }
            throw error
        }
    }

    private func address(of server: ServerProcess?) throws -> SocketAddress {
        if let server { return try SocketAddress(ipAddress: "127.0.0.1", port: server.port) }
        guard let url = self.url.flatMap(URL.init(string:)), let host = url.host, ["ws", "http"].contains(url.scheme) else {
            throw ValidationError("--url must be like ws://127.0.0.1:1234")
        }
        return try SocketAddress.makeAddressResolvingHost(host, port: url.port ?? 80)
    }
}
