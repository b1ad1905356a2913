import ArgumentParser
import RawLoad

struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Whole pairings: mint, redeem, two upgrades, offer, answer, 16 candidates, telemetry, close.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var time: TimeOptions
    @Option(help: "Pairings at a time.") var concurrency = 32

    func validate() throws {
        guard self.concurrency > 0 else { throw ValidationError("--concurrency must be above 0") }
    }

    func run() throws {
        try requireDescriptors(2 * self.concurrency)
        let measurement = SteadyMeasurement(time: self.time) { Session($0, $1, concurrency: self.concurrency) }
        try BenchRun(name: "session", load: "\(self.concurrency) pairings at a time", options: self.server).execute(measurement.measure)
    }
}

struct RelayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "relay", abstract: "Frames from one side to the other, each compared.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var time: TimeOptions
    @Option(help: "Rooms, of two connections each.") var rooms = 200
    @Option(help: "Frames on their way in each room.") var inFlight = 4
    @Option(help: "Bytes of a frame's payload.") var size = 200

    func validate() throws {
        guard self.rooms > 0, self.inFlight > 0 else { throw ValidationError("--rooms and --in-flight must be above 0") }
        guard BrowserFrames.sizes ~= self.size else {
            throw ValidationError("--size must be from \(BrowserFrames.sizes.lowerBound) to \(BrowserFrames.sizes.upperBound)")
        }
    }

    func run() throws {
        try requireDescriptors(2 * self.rooms)
        let measurement = SteadyMeasurement(time: self.time) {
            Relay($0, $1, rooms: self.rooms, inFlight: self.inFlight, payload: BrowserFrames.candidate(1, bytes: self.size))
        }
        let load = "\(self.rooms.grouped) rooms with \(self.inFlight) frames of \(self.size) bytes in flight"
        try BenchRun(name: "relay", load: load, options: self.server).execute(measurement.measure)
    }
}

struct CodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codes", abstract: "Codes minted and redeemed over kept-alive connections.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var time: TimeOptions
    @Option(help: "Connections, with one request at a time on each.") var connections = 32
    @Option(help: "Pairs a second on all connections together, at even distances (default: as fast as it goes).") var rate: Double?

    func validate() throws {
        guard self.connections > 0 else { throw ValidationError("--connections must be above 0") }
        guard self.rate.map({ $0 > 0 && $0 <= 1e6 }) ?? true else { throw ValidationError("--rate must be above 0 and at most 1000000") }
    }

    func run() throws {
        try requireDescriptors(self.connections)
        let rate = self.rate
        let measurement = SteadyMeasurement(time: self.time) {
            Codes($0, $1, connections: self.connections, load: rate.map { .rate($0) } ?? .full)
        }
        let way = rate.map { ", \(Figure.Kind.count.text($0)) pairs a second in all" } ?? ""
        let load = "\(self.connections) kept-alive connections\(way)"
        try BenchRun(name: "codes", load: load, options: self.server).execute(measurement.measure)
    }
}
