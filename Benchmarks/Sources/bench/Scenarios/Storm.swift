import LoadClients
import RawLoad

/// All clients lose their server at once, and come back to the one that is started in its place.
final class Storm: RawClient {
    struct Client {
        var connection: RawConnection?
        var isFull = false
        /// Since it was last paired.
        var failures = 0
        var dialledAt: UInt64 = 0
    }

    let loop: RawLoop
    let opener: RoomOpener
    var clients: [Client] = []
    var errors = ErrorCounts()
    var refused = 0
    var paired = 0
    /// When each room was paired again, as far as none was lost since.
    var pairedAt: [UInt64] = []
    var isServerGone = false
    private let requests: Requests
    private let backoff: Backoff
    private var dues = DueList(now: MonotonicClock.now)
    private var random = SplitMix64(seed: 1)

    private static let patience: UInt64 = 10_000_000_000

    init(_ loop: RawLoop, rooms: Int, backoff: Backoff) {
        self.loop = loop
        self.opener = RoomOpener(loop, rooms: rooms)
        self.backoff = backoff
        self.requests = Requests(loop.server, keepAlive: true)
    }

    func takeOver() {
        self.clients = self.opener.connections.map { Client(connection: $0, isFull: true) }
        self.paired = self.opener.count
        self.pairedAt = Array(repeating: 0, count: self.paired)
    }

    /// To be called every few milliseconds.
    func tick() throws {
        for index in self.dues.due(self.loop.now) { try self.dial(index) }
    }

    /// Clients give up an attempt that takes too long.
    func dropTheLate() {
        for (index, client) in self.clients.enumerated() where client.connection?.mode == .upgrading {
            guard let connection = client.connection, self.loop.now > client.dialledAt + Self.patience else { continue }
            self.loop.close(connection)
            self.fail(index, "timed out")
        }
    }

    private func dial(_ index: Int) throws {
        self.clients[index].dialledAt = self.loop.now
        switch try self.loop.dial(.upgrading, owner: index / 2, side: index % 2) {
        case .connection(let connection):
            self.clients[index].connection = connection
            self.loop.send(self.requests.upgrade(self.opener.appIDs[index / 2], side: index % 2), on: connection)
        case .refused: self.fail(index, nil)
        }
    }

    /// Without a reason: the connection was refused, as it is while no server listens.
    private func fail(_ index: Int, _ why: String?) {
        if let why { self.errors.add(why) } else { self.refused += 1 }
        self.clients[index].failures += 1
        self.tryAgain(index)
    }

    private func tryAgain(_ index: Int) {
        self.clients[index].connection = nil
        let seconds = self.backoff.seconds(afterFailures: self.clients[index].failures, using: &self.random)
        self.dues.add(index, at: MonotonicClock.now + UInt64(seconds * 1e9))
    }

    // MARK: - Events

    func received(_ connection: RawConnection, _ payload: UnsafeRawBufferPointer) {
        let index = 2 * connection.owner + connection.side
        switch FrameType(payload) {
        case .roomFull:
            self.set(index, isFull: true)
            self.clients[index].failures = 0
        case .peerLeft: self.set(index, isFull: false)
        case .offer, .answer, .ice, .deliver, .accepted, .error, .other: self.errors.add("an unexpected frame")
        }
    }

    private func set(_ index: Int, isFull: Bool) {
        let wasPaired = self.clients[index].isFull && self.clients[index ^ 1].isFull
        self.clients[index].isFull = isFull
        let isPaired = self.clients[index].isFull && self.clients[index ^ 1].isFull
        guard wasPaired != isPaired else { return }
        self.paired += isPaired ? 1 : -1
        self.pairedAt[index / 2] = isPaired ? MonotonicClock.now : 0
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {
        let index = 2 * connection.owner + connection.side
        self.set(index, isFull: false)
        if self.isServerGone, connection.mode == .webSocket {
            self.tryAgain(index)
        } else if case .error(let number) = end, RawFailure.isRefusal(number) {
            self.fail(index, nil)
        } else {
            self.fail(index, "\(end)")
        }
    }
}
