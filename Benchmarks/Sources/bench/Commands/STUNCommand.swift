import ArgumentParser
import RawLoad
import ServerUnderTest

struct STUNCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stun", abstract: "STUN requests over UDP, each response compared.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var time: TimeOptions
    @Option(help: "Requests a second in all, at even distances.") var rate: Double = 10_000
    @Option(help: "Addresses that they come from; each may ask 100 times a second.") var sources = 400

    func validate() throws {
        guard self.server.url == nil else { throw ValidationError("stun needs a server that bench starts") }
        guard self.rate > 0, self.rate <= 1e6 else { throw ValidationError("--rate must be above 0 and at most 1000000") }
        guard 1...RawDatagrams.mostSources ~= self.sources else {
            throw ValidationError("--sources must be from 1 to \(RawDatagrams.mostSources)")
        }
    }

    func run() throws {
        try requireDescriptors(self.sources)
        // Of TCP; nobody else is likely to have the same of UDP.
        guard let port = FreePort.find(), let address = ServerAddress(host: "127.0.0.1", port: port) else {
            throw ValidationError("no port is free")
        }
        let (rate, sources) = (self.rate, self.sources)
        let measurement = SteadyMeasurement(time: self.time) { loop, _ in STUN(loop, server: address, sources: sources, rate: rate) }
        let load = "\(Figure.Kind.count.text(rate)) requests a second from \(sources.grouped) addresses"
        try BenchRun(name: "stun", load: load, options: self.server, needs: ["STUN_PORT": "\(port)"]).execute(measurement.measure)
    }
}
