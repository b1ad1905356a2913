import ArgumentParser
import Foundation
import SignalingClient
import SignalingClientNIO

/// Holds many sessions of the client in one process, for `bench client`, which looks at the process from outside.
///
/// At the end of each phase it prints one word, and a line on standard input begins the next: `ready`, `open`, `exchanged`, `closed`.
@main
struct ClientLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client-load", abstract: "Many sessions of the Swift client in one process, for bench client.")

    @Argument(help: "The server, such as http://127.0.0.1:1234.") var url: String
    @Option(help: "Rooms, with both of their sessions here.") var rooms = 5000
    @Option(help: "Items from one side of each room to the other, one in flight.") var items = 20

    /// Rooms that are being opened at a time.
    private static let atOnce = 128

    func validate() throws {
        guard self.rooms > 0, self.items > 0 else { throw ValidationError("--rooms and --items must be above 0") }
    }

    // On the main thread, which alone may wait for a line.
    @MainActor func run() async throws {
        let service = try SignalingService(self.url)
        let (opened, hasOpened) = AsyncStream.makeStream(of: Void.self)
        let (exchanged, hasExchanged) = AsyncStream.makeStream(of: Void.self)
        let (exchange, end) = (Gate(), Gate())
        try self.say("ready")
        await withTaskGroup(of: Void.self) { group in
            var openings = opened.makeAsyncIterator()
            for room in 0..<self.rooms {
                if room >= Self.atOnce { await openings.next() }
                group.addTask {
                    do {
                        try await self.hold(room, service, hasOpened, exchange, hasExchanged, end)
                    } catch {
                        Self.fail("room \(room): \(error)")
                    }
                }
            }
            for _ in 0..<min(self.rooms, Self.atOnce) { await openings.next() }
            self.proceed("open")
            exchange.open()
            var exchanges = exchanged.makeAsyncIterator()
            for _ in 0..<self.rooms { await exchanges.next() }
            self.proceed("exchanged")
            end.open()
        }
        try self.say("closed")
    }

    /// A room from its first session to the end of both.
    private func hold(
        _ room: Int, _ service: SignalingService, _ hasOpened: AsyncStream<Void>.Continuation, _ exchange: Gate,
        _ hasExchanged: AsyncStream<Void>.Continuation, _ end: Gate
    ) async throws {
        // Anybody who knows a UUID may open a room: none is minted here.
        let appID = "00000000-0000-4000-8000-" + String(String(room + 1_000_000_000_000).suffix(12))
        try await service.withSession(in: Room(appID: appID, side: .a)) { a in
            try await service.withSession(in: Room(appID: appID, side: .b)) { b in
                for side in [a, b] {
                    for try await event in side.events { if event == .paired { break } }
                }
                hasOpened.yield()
                await exchange.wait()
                async let taken: Void = self.take(b)
                for number in 1...self.items { try await a.send(number) }
                try await taken
                hasExchanged.yield()
                await end.wait()
            }
        }
    }

    private func take(_ session: Session) async throws {
        var expected = 1
        for try await number in session.items(of: Int.self) {
            guard number == expected else { throw Fault(description: "item \(number) came where \(expected) was due") }
            if number == self.items { return }
            expected += 1
        }
    }

    private struct Fault: Error, CustomStringConvertible { var description: String }

    @MainActor private func proceed(_ phase: String) {
        do { try self.say(phase) } catch { Self.fail("\(error)") }
    }

    @MainActor private func say(_ phase: String) throws {
        print(phase)
        fflush(nil)
        guard readLine() != nil else { throw Fault(description: "standard input has ended after \(phase)") }
    }

    private static func fail(_ why: String) -> Never {
        FileHandle.standardError.write(Data("client-load: \(why)\n".utf8))
        Foundation.exit(1)
    }
}
