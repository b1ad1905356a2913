import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

/// Does what `Tools/client-load` does, word for word, with the lean clients of this package.
@main
struct LeanLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lean-load", abstract: "Many WebSockets of LoadClients in one process, for bench client --lean.")

    @Argument(help: "The server, such as http://127.0.0.1:1234.") var url: String
    @Option(help: "Rooms, with both of their connections here.") var rooms = 5000
    @Option(help: "Items from one side of each room to the other, one in flight.") var items = 20

    func validate() throws {
        guard self.rooms > 0, self.items > 0 else { throw ValidationError("--rooms and --items must be above 0") }
    }

    // On the main thread, which alone may wait for a line.
    @MainActor func run() async throws {
        guard let url = URL(string: self.url), let host = url.host, let port = url.port else { throw ValidationError("no URL with a port") }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let load = LeanLoad(address: try SocketAddress(ipAddress: host, port: port), eventLoop: group.any())
        try self.say("ready")
        try await load.open(self.rooms)
        try self.say("open")
        try await load.exchange(self.items)
        try self.say("exchanged")
        try await load.close()
        try self.say("closed")
        try await group.shutdownGracefully()
    }

    @MainActor private func say(_ phase: String) throws {
        print(phase)
        fflush(nil)
        guard readLine() != nil else { throw CleanExit.message("standard input has ended after \(phase)") }
    }
}
