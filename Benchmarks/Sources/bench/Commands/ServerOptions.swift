import ArgumentParser
import RawLoad
import ServerUnderTest

/// Which server is measured, where it runs, and how often.
struct ServerOptions: ParsableArguments {
    @Option(help: "Start this server for each run (default: the newest release build in this repository).") var serverBinary: String?
    @Option(help: "Use a running server that nobody else uses, such as http://127.0.0.1:1234.") var url: String?
    @Option(help: "Process of the server of --url, to read its CPU time and memory.") var pid: Int32?
    @Option(name: .customLong("setting"), help: "A setting of the started server, NAME=value; may be repeated.")
    var settings: [String] = []
    @Flag(help: "STORE is a new file for each run, in a folder of its own (TMPDIR says where), which is removed afterwards.")
    var fileStore = false
    @OptionGroup var shared: NodeOptions
    @Flag(inversion: .prefixedNo, help: "Servers and engine on CPU 0, generator on CPU 1 (default: where Linux has two).") var pin: Bool?
    @Flag(help: "One JSON object on standard output, and nothing else there.") var json = false
    @Option(help: "Runs, each with a server process of its own; the medians are shown.") var runs = 1

    var isPinned: Bool { self.pin ?? Affinity.canSeparate }

    /// What a started server is given beside where to listen.
    func serverSettings(for needs: [String: String]) -> [String: String] {
        // One loop on the one CPU it may use.
        let first = self.isPinned && self.url == nil ? ["EVENT_LOOPS": "1"] : [:]
        return first.merging(needs) { $1 }.merging(ServerSettings.parse(self.settings) ?? [:]) { $1 }
    }

    func validate() throws {
        guard self.serverBinary == nil || self.url == nil else { throw ValidationError("give --server-binary or --url, not both") }
        guard let settings = ServerSettings.parse(self.settings) else { throw ValidationError("--setting takes NAME=value") }
        guard !self.fileStore || settings["STORE"] == nil else { throw ValidationError("give --file-store or a STORE, not both") }
        guard self.shared.engine == nil || !self.fileStore && settings["STORE"] == nil else {
            throw ValidationError("give --engine, --file-store or a STORE, not two of them")
        }
        guard self.runs > 0 else { throw ValidationError("--runs must be above 0") }
        if let url = self.url {
            guard ServerAddress(url: url) != nil else { throw ValidationError("--url must be like http://127.0.0.1:1234") }
            guard self.runs == 1, self.settings.isEmpty, !self.fileStore, self.shared.engine == nil else {
                throw ValidationError("--runs, --setting, --file-store and --engine need a server that bench starts")
            }
        } else if self.pid != nil {
            throw ValidationError("--pid goes with --url")
        }
        guard !(self.pin == true && !Affinity.canSeparate) else { throw ValidationError("--pin needs Linux and two CPUs") }
    }
}

/// How long a load that goes on evenly is measured.
struct TimeOptions: ParsableArguments {
    @Option(help: "Seconds measured.") var seconds: Double = 10
    @Option(help: "Seconds of load before that, not measured.") var warmup: Double = 1

    func validate() throws {
        guard self.seconds > 0, self.warmup >= 0 else { throw ValidationError("--seconds must be above 0, --warmup not below") }
    }
}

/// The server's and the generator's descriptors are bounded alike, and each has some of its own.
func requireDescriptors(_ connections: Int) throws {
    let limit = OpenFileLimit.raise()
    guard connections + 128 <= limit else {
        throw ValidationError("\(connections) connections need as many open files; the limit here is \(limit) (ulimit -n)")
    }
}
