package import ByteStreams
package import NIOCore
import ServerThreads
package import TimeKeeping

/// Finds the addresses of hosts. The system's own way to do so blocks, possibly for long: one thread asks it, one name after the other,
/// from the first question on until nobody has the resolver any more.
package final class HostResolver: Sendable {
    /// Those who wait for an answer at a time; more are refused.
    package static let mostAsking = 64
    /// Addresses of one host that are made known.
    package static let mostAddresses = 16

    private let questions = Monitor(Questions())
    private let patience: TimeSpan
    private let lookUp: @Sendable (String) -> Result<[SocketAddress], ResolveError>

    /// How long anybody waits for an answer, and how names are looked up; the ports of what that yields do not matter.
    package init(
        patience: TimeSpan = .seconds(5),
        lookUp: @escaping @Sendable (String) -> Result<[SocketAddress], ResolveError> = SystemResolver.lookUp
    ) {
        self.patience = patience
        self.lookUp = lookUp
    }

    deinit {
        self.questions.withLock { $0.end() }
        self.questions.notify()
    }

    /// Asks for the addresses of a host, most suitable first, and at least one. Called on this context's loop; `done` is called once on it,
    /// not from within this call, unless the loop ends before. An address in numbers is its own answer.
    package func resolve(
        host: String, port: Int, in context: LoopContext, _ done: @escaping (Result<[SocketAddress], ResolveError>) -> Void
    ) {
        let asker = Asker(port: port, context, self.questions, done)
        guard (0...65_535).contains(port), Self.mayBeName(host) else { return asker.answerSoon(.failure(.notAName)) }
        if let address = try? SocketAddress(ipAddress: host, port: port) { return asker.answerSoon(.success([address])) }
        switch self.questions.withLock({ $0.add(asker, about: host) }) {
        case .refused: return asker.answerSoon(.failure(.tooManyQuestions))
        case .accepted: self.questions.notify()
        case .acceptedFirst: startThread { [questions, lookUp] in Self.serve(questions, lookUp) }
        }
        asker.wait(self.patience)
    }

    /// What is no name for certain, and what C would read another one from.
    private static func mayBeName(_ host: String) -> Bool { (1...253).contains(host.utf8.count) && !host.utf8.contains(0) }

    /// The thread's whole life. It does not hold the resolver.
    private static func serve(_ questions: Monitor<Questions>, _ lookUp: (String) -> Result<[SocketAddress], ResolveError>) {
        while case .ask(let host)? = questions.wait({ $0.next() }) {
            let result = lookUp(host)
            for asker in questions.withLock({ $0.takeAsked() }) { asker.loop.execute { asker.answer(result) } }
        }
    }
}

/// Why a host has no address, as far as is known here.
package enum ResolveError: Error, Equatable, CustomStringConvertible {
    case notAName
    case tooManyQuestions
    case tookTooLong
    /// What the system says.
    case failed(String)

    package var description: String {
        switch self {
        case .notAName: "this is no name of a host with a port"
        case .tooManyQuestions: "too many other hosts are being looked up"
        case .tookTooLong: "looking up the host takes too long"
        case .failed(let text): text
        }
    }
}
