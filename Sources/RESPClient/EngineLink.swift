import ByteStreams
import RESPCore
import TimeKeeping

/// Sees to it that there is a connection to the engine: finds its address, connects, and comes back after a while when a connection ends or
/// could not be made. Used on its loop only.
final class EngineLink {
    private enum Phase {
        case idle
        case asking(SentinelQuery)
        case connecting(EngineConnection)
        case ready(EngineConnection, since: MonotonicTime)
        case resting(ExpiryToken)
        case stopped
    }

    let context: LoopContext
    private let settings: EngineSettings
    private let dialer: any EngineDialer
    private let board: EngineBoard
    private let random: () -> UInt64
    private var phase = Phase.idle
    private var delay = ReconnectDelay()
    /// Which Sentinel is asked first: one that led to a primary is asked again, until it no longer does.
    private var firstSentinel = 0

    init(
        _ settings: EngineSettings, context: LoopContext, dialer: any EngineDialer, board: EngineBoard, random: @escaping () -> UInt64
    ) {
        self.settings = settings
        self.context = context
        self.dialer = dialer
        self.board = board
        self.random = random
    }

    func start() {
        guard case .idle = self.phase else { return }
        self.connect()
    }

    func call(_ caller: EngineCaller, keys: [RESPArgument], arguments: [RESPArgument]) {
        guard case .ready(let connection, _) = self.phase else { return self.board.settle(caller, .failure(.down)) }
        connection.call(caller, keys: keys, arguments: arguments)
    }

    /// For good. Whoever waits hears that.
    func stop() {
        let phase = self.phase
        self.phase = .stopped
        self.board.change(to: .down("stopped"))
        switch phase {
        case .idle, .stopped: break
        case .asking(let query): query.cancel()
        case .connecting(let connection), .ready(let connection, _): connection.stop()
        case .resting(let timer): self.context.timers.cancel(timer)
        }
    }

    // MARK: - Connecting

    private func connect() {
        switch self.settings.address.target {
        case .direct(let endpoint): self.connect(to: endpoint)
        case .sentinels(let sentinels, let name): self.ask(sentinels, about: name)
        }
        // Last, as whoever is told may stop the engine.
        self.board.change(to: .connecting)
    }

    private func connect(to endpoint: EngineEndpoint) {
        let connection = EngineConnection(endpoint, self.settings, context: self.context, board: self.board, owner: self)
        self.phase = .connecting(connection)
        connection.dial(self.dialer, within: self.settings.connectLimit)
    }

    /// Asks one Sentinel after the other; `failures` are those of the ones that were asked.
    private func ask(_ sentinels: [EngineEndpoint], about name: String, failures: [String] = []) {
        guard failures.count < sentinels.count else {
            return self.rest("no Sentinel says where the primary \(name) is: \(failures.joined(separator: "; "))", after: nil)
        }
        let number = (self.firstSentinel + failures.count) % sentinels.count
        let sentinel = sentinels[number]
        let query = SentinelQuery(about: name, context: self.context) { [weak self] answer in
            guard let self, case .asking = self.phase else { return }
            switch answer {
            case .primary(let host, let port):
                self.firstSentinel = number
                self.connect(to: .host(host, port: port, usesTLS: self.settings.address.usesTLS))
            case .unknown: self.ask(sentinels, about: name, failures: failures + ["\(sentinel): it watches none of this name"])
            case .failed(let reason): self.ask(sentinels, about: name, failures: failures + ["\(sentinel): \(reason)"])
            }
        }
        self.phase = .asking(query)
        query.dial(sentinel, self.dialer, within: self.settings.sentinelLimit)
    }

    private func rest(_ reason: String, after use: TimeSpan?) {
        let delay = self.delay.next(after: use, random: self.random())
        self.phase = .resting(self.context.timers.schedule(self, at: self.context.clock.now() + delay))
        self.board.change(to: .down(reason))
    }
}

extension EngineLink: EngineConnectionOwner {
    func connectionIsReady(_ connection: EngineConnection, _ facts: SessionFacts) {
        guard case .connecting = self.phase else { return }
        self.phase = .ready(connection, since: self.context.clock.now())
        self.board.change(to: .ready(facts))
    }

    func connectionIsOver(_ connection: EngineConnection, _ reason: String) {
        switch self.phase {
        case .connecting:
            // It may be the Sentinel that is behind.
            self.firstSentinel += 1
            self.rest(reason, after: nil)
        case .ready(_, let since): self.rest(reason, after: self.context.clock.now() - since)
        case .idle, .asking, .resting, .stopped: break
        }
    }
}

extension EngineLink: DeadlineTarget {
    func deadlineReached(now: MonotonicTime) {
        guard case .resting = self.phase else { return }
        self.connect()
    }
}
