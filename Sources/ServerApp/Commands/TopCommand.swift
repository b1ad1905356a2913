import ArgumentParser
import OutgoingHTTP
import TopTool
import UnixSignals

/// What a server does, at a glance, in a terminal.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch a server in a terminal: rates, pairings, outcomes, memory.",
        discussion: """
            It reads the server's metrics every few seconds. `q` leaves. Where the output is no terminal it prints one look and ends.
            """)

    @Argument(help: ArgumentHelp("Where the metrics are (default: \(TopPlace.defaultURL))", valueName: "url")) var url: String?
    @Option(help: ArgumentHelp("Time between two looks, 1 to 60.", valueName: "seconds")) var interval = 2

    func validate() throws {
        guard (1...60).contains(self.interval) else { throw ValidationError("--interval \(self.interval): must be 1 to 60") }
        guard TopPlace(self.url) != nil else {
            throw ValidationError("the address must be a URL or a host, such as \(TopPlace.defaultURL) or 10.0.0.5:9100")
        }
    }

    func run() async throws {
        guard let place = TopPlace(self.url) else { return }
        let http = try OutgoingHTTP()
        let run = TopRun(place: place, interval: .seconds(self.interval), http: http)
        do {
            if let terminal = TopTerminal() {
                defer { terminal.end() }
                let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
                try await run.watch(terminal) { for await _ in signals { return } }
            } else {
                for line in try await run.lookOnce() { print(line) }
            }
        } catch let problem as TopProblem {
            await http.stop()
            throw CommandFailure(problem.description)
        }
        await http.stop()
    }
}
