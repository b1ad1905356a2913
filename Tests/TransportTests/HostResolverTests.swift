import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import NameResolution
import ServerThreads
import SignalingTestKit
import Testing
import TimeKeeping

@Suite(.serialized, .timeLimit(.minutes(5))) struct HostResolverTests {
    private typealias Answer = Result<[SocketAddress], ResolveError>

    /// Looks names up when a test says so.
    private final class Book: Sendable {
        private let state = Monitor((asked: [String](), left: 0))

        var asked: [String] { self.state.withLock { $0.asked } }

        func allow(_ count: Int) {
            self.state.withLock { $0.left += count }
            self.state.notify()
        }

        @Sendable func lookUp(_ host: String) -> Result<[SocketAddress], ResolveError> {
            self.state.withLock { $0.asked.append(host) }
            // A test that fails must not leave the thread behind.
            _ = self.state.wait(for: .seconds(30)) { state in
                guard state.left > 0 else { return Void?.none }
                state.left -= 1
                return ()
            }
            return Result { try SocketAddress(ipAddress: "192.0.2.7", port: 0) }.map { [$0] }.mapError { .failed("\($0)") }
        }
    }

    /// Loops that nobody connects to.
    private static func run(_ test: (any Transport) async throws -> Void) async throws {
        let transport = try await Carrier.channels.makeTransport(loops: 1)
        do { try await test(transport) } catch { Issue.record(error) }
        await transport.stop()
    }

    private static func ask(
        _ resolver: HostResolver, _ host: String, port: Int = 80, on transport: any Transport
    ) async throws -> Outcome<Answer> {
        let outcome = Outcome<Answer>()
        try await transport.onFirst { context in
            let isWithin = NIOLockedValueBox(true)
            resolver.resolve(host: host, port: port, in: context) { answer in
                #expect(context.loop.isCurrent)
                #expect(!isWithin.withLockedValue { $0 }, "answered from within the call")
                #expect(outcome.current == nil, "answered twice")
                outcome.set(answer)
            }
            isWithin.withLockedValue { $0 = false }
        }
        return outcome
    }

    // MARK: - The system

    @Test(arguments: ["192.0.2.1", "::1", "2001:db8::7"]) func anAddressIsItsOwnAnswer(_ host: String) async throws {
        try await Self.run { transport in
            let resolver = HostResolver { .failure(.failed("asked for \($0)")) }
            let answer = try await Self.ask(resolver, host, port: 6379, on: transport).value("the answer")
            #expect(answer == .success([try SocketAddress(ipAddress: host, port: 6379)]))
        }
    }

    @Test func thisMachineIsFound() async throws {
        try await Self.run { transport in
            let resolver = HostResolver()
            let addresses = try await Self.ask(resolver, "localhost", port: 6379, on: transport).value("the answer").get()
            #expect(!addresses.isEmpty)
            for address in addresses {
                #expect(address.port == 6379)
                #expect(["127.0.0.1", "::1"].contains(address.ipAddress))
            }
        }
    }

    @Test func whatCannotExistIsNotFound() async throws {
        try await Self.run { transport in
            let answer = try await Self.ask(HostResolver(), "name.invalid", on: transport).value("the answer")
            // Without a name server the system may take longer than anybody waits here.
            switch answer {
            case .failure(.failed(let text)): #expect(!text.isEmpty)
            case .failure(.tookTooLong): break
            default: Issue.record("\(answer)")
            }
        }
    }

    @Test func whatIsNoNameIsRefused() async throws {
        try await Self.run { transport in
            let resolver = HostResolver { .failure(.failed("asked for \($0)")) }
            for host in ["", "local\0host", String(repeating: "a", count: 254)] {
                let answer = try await Self.ask(resolver, host, on: transport).value("the answer")
                #expect(answer == .failure(.notAName))
            }
            for port in [-1, 65_536] {
                let answer = try await Self.ask(resolver, "127.0.0.1", port: port, on: transport).value("the answer")
                #expect(answer == .failure(.notAName))
            }
        }
    }

    // MARK: - Many questions

    @Test func whoeverAsksTheSameTogetherGetsOneAnswer() async throws {
        try await Self.run { transport in
            let book = Book()
            let resolver = HostResolver(patience: .minutes(1), lookUp: book.lookUp)
            var outcomes = [try await Self.ask(resolver, "first", on: transport)]
            try await eventually("it is looked up") { book.asked == ["first"] }
            for host in ["first", "second", "second", "third", "second"] {
                outcomes.append(try await Self.ask(resolver, host, port: outcomes.count, on: transport))
            }
            book.allow(3)
            for (number, outcome) in outcomes.enumerated() {
                let addresses = try await outcome.value("an answer").get()
                #expect(addresses == [try SocketAddress(ipAddress: "192.0.2.7", port: number == 0 ? 80 : number)])
            }
            #expect(book.asked == ["first", "second", "third"])
            // The answer is not kept.
            book.allow(1)
            _ = try await Self.ask(resolver, "first", on: transport).value("an answer").get()
            #expect(book.asked.count == 4)
        }
    }

    @Test func noMoreWaitThanMay() async throws {
        try await Self.run { transport in
            let book = Book()
            let resolver = HostResolver(patience: .minutes(1), lookUp: book.lookUp)
            var outcomes: [Outcome<Answer>] = []
            for number in 0..<HostResolver.mostAsking { outcomes.append(try await Self.ask(resolver, "host\(number)", on: transport)) }
            // Neither for another name nor for one that waits.
            for host in ["another", "host0"] {
                let answer = try await Self.ask(resolver, host, on: transport).value("the refusal")
                #expect(answer == .failure(.tooManyQuestions))
            }
            book.allow(outcomes.count)
            for outcome in outcomes { _ = try await outcome.value("an answer").get() }
            #expect(book.asked == outcomes.indices.map { "host\($0)" })
            book.allow(1)
            _ = try await Self.ask(resolver, "another", on: transport).value("an answer").get()
        }
    }

    @Test func nobodyWaitsForLong() async throws {
        try await Self.run { transport in
            let book = Book()
            let resolver = HostResolver(patience: .milliseconds(100), lookUp: book.lookUp)
            let first = try await Self.ask(resolver, "slow", on: transport)
            try await eventually("it is looked up") { book.asked == ["slow"] }
            let second = try await Self.ask(resolver, "behind", on: transport)
            for outcome in [first, second] {
                let answer = try await outcome.value("the answer")
                #expect(answer == .failure(.tookTooLong))
            }
            // The thread goes on: it asks no more for what nobody waits for, and what came too late nobody is told.
            book.allow(10)
            let third = try await Self.ask(resolver, "next", on: transport)
            _ = try await third.value("the answer").get()
            #expect(book.asked == ["slow", "next"])
        }
    }

    @Test func aThreadEndsWithItsResolver() async throws {
        try await Self.run { transport in
            let isGone = NIOLockedValueBox(false)
            func use() async throws {
                let freed = Freed { isGone.withLockedValue { $0 = true } }
                let resolver = HostResolver { host in
                    freed.touch()
                    return .failure(.failed(host))
                }
                let answer = try await Self.ask(resolver, "name", on: transport).value("the answer")
                #expect(answer == .failure(.failed("name")))
            }
            try await use()
            try await eventually("the thread has let go of what it ran") { isGone.withLockedValue { $0 } }
        }
    }

    /// The loop ends before there is an answer.
    @Test func anAnswerForALoopThatHasEndedIsForNobody() async throws {
        let book = Book()
        let resolver = HostResolver(patience: .minutes(1), lookUp: book.lookUp)
        let answer = NIOLockedValueBox<Outcome<Answer>?>(nil)
        try await Self.run { transport in
            let outcome = try await Self.ask(resolver, "late", on: transport)
            answer.withLockedValue { $0 = outcome }
            try await eventually("it is looked up") { book.asked == ["late"] }
        }
        book.allow(2)
        try await Self.run { transport in _ = try await Self.ask(resolver, "next", on: transport).value("the answer").get() }
        #expect(answer.withLockedValue { $0 }?.current == nil)
    }
}
