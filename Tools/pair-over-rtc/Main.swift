import ArgumentParser
import Foundation
import SignalingClient
import SignalingClientNIO

@main
struct PairOverRTC: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair-over-rtc",
        abstract: "Pairs over a WebRTC connection that another process has, and tells in lines of JSON what happens.",
        discussion: "A tool of the tests. Input is lines of JSON as well: say, fill, restart, and the code of whoever joins as the first.")

    @Option(help: "The signaling server.")
    var server: String

    @Flag(help: "Reads the code from the first line of the input, instead of minting one.")
    var join = false

    @Flag(help: "Mints the code with words.")
    var words = false

    @Flag(help: "Has six digits compared.")
    var sixDigits = false

    @Argument(parsing: .captureForPassthrough, help: "The program that has the WebRTC connection, and its arguments.")
    var engine: [String]

    func run() async throws {
        // An engine that has ended is noticed by its output.
        signal(SIGPIPE, SIG_IGN)
        do {
            try await self.pair(Command.stream())
            Report("ended").say()
        } catch {
            Report(failed: error).say()
            throw ExitCode.failure
        }
    }

    private func pair(_ commands: AsyncStream<Command>) async throws {
        let service = try SignalingService(self.server)
        let (room, secret) = try await self.enter(service, commands)
        var options = Pairing.Options()
        options.onEvent = { Report($0).say() }
        options.iceServers = ICEServerRenewal(for: room, by: service)
        if let secret {
            options.verification = .secrets([secret], spent: SpentSecrets(), crypto: SwiftCryptoPairing())
        } else if self.sixDigits {
            options.verification = .sixDigits(SwiftCryptoPairing())
        }
        let engine = try await ProcessEngine(self.engine, servers: room.iceServers)
        let chosen = options
        try await service.withSession(in: room) { session in
            try await Pairing.withLink(over: session, engine: engine, options: chosen) { link in
                Report(linked: link).say()
                try await Self.talk(link, commands)
                if let error = link.error { throw error }
            }
        }
    }

    private func enter(_ service: SignalingService, _ commands: AsyncStream<Command>) async throws -> (Room, Secret?) {
        if self.join {
            var input = commands.makeAsyncIterator()
            let typed = try PairingCode(await input.next()?.code ?? "")
            return (try await service.redeemCode(typed.digits), typed.secret)
        }
        let code = try await service.createCode()
        let secret = self.words ? Secret.drawWords() : nil
        Report("code", text: PairingCode(digits: code.digits, secret: secret).text).say()
        return (code.room, secret)
    }

    /// Until the input ends, or the other side closes the link.
    private static func talk(_ link: Link, _ commands: AsyncStream<Command>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while let message = try await link.channel.receive() { Report(message: message).say() }
            }
            group.addTask {
                for await command in commands { try await Self.perform(command, link) }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private static func perform(_ command: Command, _ link: Link) async throws {
        if let text = command.say { try await link.channel.send(Array(text.utf8)) }
        if command.restart == true { link.restart() }
        var rest = command.fill ?? 0
        while rest > 0 {
            let size = min(rest, 10_000)
            try await link.channel.send(Array(repeating: 7, count: size))
            rest -= size
        }
    }
}
