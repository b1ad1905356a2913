import ArgumentParser
import Foundation
import LoadClients
import NIOCore
import NIOPosix
import ServerUnderTest

@main
struct StalledPeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stalled-peer",
        abstract: "What a peer that never reads does to a thousand other rooms: their latency before, during and after, side by side.")

    @Option(help: "Start this server for the run.") var serverBinary: String
    @Option(help: "Rooms that relay.") var rooms = 1000
    @Option(help: "Frames a second of each room.") var rate: Double = 5
    @Option(help: "Bytes of their frames.") var bytes = 200
    @Option(help: "Bytes of the frames that are pushed at the peer that does not read.") var pushBytes = 16_000
    @Option(help: "Seconds of each phase; two heartbeats of the server are the most.") var seconds: Double = 15
    @Option(name: .customLong("setting"), help: "A setting of the server, NAME=value; may be repeated.") var settings: [String] = []
    @Option(help: "Write the table to this file.") var record: String?

    func validate() throws {
        guard self.rooms > 0, self.rate > 0, (1..<38).contains(self.seconds) else {
            throw ValidationError("rooms and rate must be above 0, seconds from 1 to 38")
        }
        guard ServerSettings.parse(self.settings) != nil else { throw ValidationError("--setting takes NAME=value") }
    }

    func run() async throws {
        let settings = ["SHUTDOWN_GRACE": "2s"].merging(ServerSettings.parse(self.settings) ?? [:]) { $1 }
        let server = try ServerProcess(binary: self.serverBinary, settings: settings)
        StopSignals.stop(server)
        do {
            try await self.measure(server)
        } catch {
            if server.isRunning { _ = try? server.stop() }
            throw error
        }
        let status = try server.stop()
        guard status == 0 else {
            print("FAILED: the server ended with status \(status)")
            throw ExitCode(1)
        }
    }

    private struct Phase {
        var name: String
        var latency: LatencyHistogram
        var residentBytes: Int
        var serverCPU: Double
        var busy: Double
    }

    private func measure(_ server: ServerProcess) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let test = StalledPeer(
            plan: .init(rooms: self.rooms, rate: self.rate, bytes: self.bytes, pushBytes: self.pushBytes),
            address: try SocketAddress(ipAddress: "127.0.0.1", port: server.port), eventLoop: group.any())
        self.say("opening \(self.rooms) rooms")
        try await test.openRooms()
        self.say("warming up for 3 s")
        _ = await test.measure(seconds: 3)
        var phases = [try await self.phase("before", test, server)]
        try await test.beginStall()
        phases.append(try await self.phase("during", test, server))
        let push = await test.pushedSoFar
        try await test.endStall()
        phases.append(try await self.phase("after", test, server))
        let totals = try await test.finish()
        let table = self.table(phases, push, totals)
        print(table)
        if let record = self.record { try Data(table.utf8).write(to: URL(fileURLWithPath: record)) }
        try await group.shutdownGracefully()
        guard totals.received == totals.sent, totals.wrong == 0, totals.ended == 0 else {
            print("FAILED: frames were lost, altered or out of order, or connections ended")
            throw ExitCode(1)
        }
        guard push.isOpen, push.seconds < self.seconds * 0.9 else {
            print("FAILED: the peer that does not read did not hold its partner up, so nothing was measured")
            throw ExitCode(1)
        }
    }

    private func phase(_ name: String, _ test: StalledPeer, _ server: ServerProcess) async throws -> Phase {
        self.say("\(name): \(Int(self.seconds)) s")
        let start = ProcessFigures(pid: server.pid)
        let machine = MachineFigures()
        let latency = await test.measure(seconds: self.seconds)
        guard let end = ProcessFigures(pid: server.pid), let start else { throw LoadFailure.ended("the server is gone") }
        var busy = 0.0
        if let machine, let now = MachineFigures() {
            busy = (now.busySeconds - machine.busySeconds) / (now.totalSeconds - machine.totalSeconds)
        }
        return Phase(
            name: name, latency: latency, residentBytes: end.residentBytes, serverCPU: (end.cpuSeconds - start.cpuSeconds) / self.seconds,
            busy: busy)
    }

    private func table(
        _ phases: [Phase], _ push: (bytes: Int, seconds: Double, isOpen: Bool), _ totals: StalledPeer.Totals
    ) -> String {
        var text = """
            \(self.rooms) rooms, \(Int(Double(self.rooms) * self.rate)) frames of \(self.bytes) bytes a second in all:

            | | p50 ms | p99 ms | p99.9 ms | most ms | frames | server RSS MB | server CPU % | machine busy % |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |

            """
        for phase in phases {
            let latency = [50, 99, 99.9, 100].map { String(format: "%.3f", Double(phase.latency.percentile($0)) / 1e6) }
            text += "| \(phase.name) | \(latency.joined(separator: " | ")) | \(phase.latency.count) "
            text += String(
                format: "| %.1f | %.0f | %.0f |\n", Double(phase.residentBytes) / 1e6, phase.serverCPU * 100, phase.busy * 100)
        }
        text += String(
            format:
                "\nBuffers took %.1f MB in %.1f s for the peer that does not read, the kernel's most of it; then its partner was held up.\n",
            Double(push.bytes) / 1e6, push.seconds)
        text += "Of \(totals.sent) frames in the other rooms \(totals.sent - totals.received) were lost, altered or out of order.\n"
        return text
    }

    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
