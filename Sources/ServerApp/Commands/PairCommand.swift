import ArgumentParser
import PairTool
import SignalingClient
import SignalingClientNIO
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Two terminals, one code: what is typed in one is printed in the other.
struct PairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair",
        abstract: "Talk to another pair through a server: mint a code, or use one.",
        discussion: """
            Without a code it mints one and waits; with one it joins. Lines that come in on standard input go to the other side's mailbox, and \
            the other side's lines are printed on standard output, each once and in order, over any number of lost connections. What else \
            happens is said on standard error. At the end of the input it leaves, as soon as somebody was there.

            A server with access control is shown the key or token in NT_AUTHORIZATION.
            """)

    @Argument(help: "4 to 8 digits, or the link that another pair shows") var code: String?
    @Option(
        help: ArgumentHelp("The server's address (default: that of the link, or \(PairPlace.defaultServer))", valueName: "url"))
    var server: String?
    @Flag(help: "For scripts: print everything on standard output, one JSON object a line.") var json = false
    @Flag(help: "Show frames that the other side has relayed, such as a page's offer.") var frames = false
    @Flag(help: "At the end of the input, stay until the other side has left.") var stay = false

    func run() async throws {
        let place: PairPlace
        do {
            place = try PairPlace(code: self.code, server: self.server)
        } catch {
            throw ValidationError(error.description)
        }
        guard let input = StandardInput() else { throw CommandFailure("the system has no descriptors left") }
        let words = PairText(
            place: place, terminal: .at(STDERR_FILENO), showsLinesToAPerson: TerminalKind.isTerminal(STDOUT_FILENO))
        let printer = PairPrinter(
            place: place, form: self.json ? .json : .words(words),
            story: PairStory(showsFrames: self.frames, staysAtEndOfInput: self.stay))
        let leaving = Latch()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let watcher = Task { await Self.obey(signals, leaving) }
        defer { watcher.cancel() }
        do {
            let authorization = getenv("NT_AUTHORIZATION").map { String(cString: $0) }
            let service = try SignalingService(place.server, transport: NIOTransport())
            let run = PairRun(service: service, place: place, authorization: authorization, printer: printer, input: input)
            try await run.run(until: { await leaving.wait() })
            printer.end(isInterrupted: leaving.isOpen)
        } catch {
            let problem = PairProblem(any: error)
            printer.fail(problem)
            throw CommandFailure(PairText.words(problem))
        }
    }

    /// The first signal leaves, the second ends the process at once.
    private static func obey(_ signals: UnixSignalsSequence, _ leaving: Latch) async {
        for await signal in signals {
            if leaving.isOpen { endProcess(signal) }
            leaving.open()
        }
    }
}
