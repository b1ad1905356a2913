import ArgumentParser
import Doctor
import DoctorCore
import PairTool
import SignalingClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Looks at a server from outside, through the proxy before it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at a server from outside, as its clients see it, and say what to mend.",
        discussion: """
            Goes the whole way of two clients: certificate, proxy, code, WebSockets, a frame each way, STUN and TURN. Run it from another \
            machine than the server's. Exits with 0 if all is well, 1 with warnings, 2 with faults.

            A server with access control is shown the key or token in NT_AUTHORIZATION.
            """)

    @Argument(help: ArgumentHelp("Where clients reach the server, such as https://rendezvous.example/signal", valueName: "url"))
    var url: String
    @Option(help: ArgumentHelp("Also ask whether pages of this origin may connect.", valueName: "origin")) var origin: String?
    @Flag(help: "Also leave connections idle for three times HEARTBEAT.") var idle = false
    @Option(help: ArgumentHelp("Also open so many connections at once.", valueName: "number")) var connections: Int?
    @Option(name: .customLong("ca-file"), help: ArgumentHelp("Certificates (PEM) to trust beside the system's.", valueName: "file"))
    var trusted: String?
    @Option(help: ArgumentHelp("How long to wait for each response.", valueName: "seconds")) var timeout = 5
    @Flag(help: "For scripts: print one JSON object at the end.") var json = false

    func validate() throws {
        guard (1...60).contains(self.timeout) else { throw ValidationError("--timeout: 1 to 60 seconds") }
        guard self.connections.map({ (1...65_536).contains($0) }) ?? true else { throw ValidationError("--connections: 1 to 65536") }
        if let trusted, let fault = TrustedCertificates.fault(in: trusted) { throw ValidationError("--ca-file \(trusted): \(fault)") }
    }

    func run() async throws {
        let descriptors = OpenFileLimit.raise()
        let text = DoctorText(isColoured: TerminalKind.at(STDOUT_FILENO) != .plain)
        var examination: Examination
        let isJSON = self.json
        do {
            examination = try Examination(self.url, self.options(descriptors)) { finding in
                // What others write may hold what a terminal obeys.
                if !isJSON { for line in text.lines(finding.mapped(Printable.line)) { print(line) } }
            }
        } catch {
            throw ValidationError("\(self.url): \(error.message)")
        }
        let findings = await examination.run()
        if self.json { print(self.report(findings)) } else { print("\n" + text.summary(findings)) }
        if findings.exitCode != 0 { throw ExitCode(findings.exitCode) }
    }

    private func options(_ descriptors: Int) -> Examination.Options {
        var options = Examination.Options()
        options.descriptors = descriptors
        options.origin = self.origin
        options.authorization = getenv("NT_AUTHORIZATION").map { String(cString: $0) }
        options.idle = self.idle
        options.connections = self.connections
        options.trusted = self.trusted
        options.limit = .seconds(self.timeout)
        return options
    }

    private func report(_ findings: [Finding]) -> String {
        let list = findings.map { finding in
            let members: [String: PairValue?] = [
                "check": .string(finding.check.rawValue), "subject": finding.subject.map(PairValue.string),
                "level": .string(finding.level.rawValue), "what": .string(finding.fact), "advice": finding.advice.map(PairValue.string),
            ]
            return PairValue.object(members.compactMapValues { $0 })
        }
        return PairValue.object([
            "url": .string(self.url), "exitCode": .integer(Int64(findings.exitCode)), "findings": .array(list),
        ]).text
    }
}
