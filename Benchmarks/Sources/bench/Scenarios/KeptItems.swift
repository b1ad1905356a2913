import Foundation
import RawLoad

/// Mailbox items that are sent to nobody yet, a few of which are read when the server has been started again.
final class KeptItems: RawClient {
    private struct Room {
        let appID = Array(UUID().uuidString.lowercased().utf8)
        let items: Int
        var accepted = 0
        var sequence = ItemSequence()
    }

    private(set) var stored = 0
    private let loop: RawLoop
    private let requests: Requests
    private let frames: ItemFrames
    private let count: Int
    private var rooms: [Room]
    private var begun = 0
    private var connections: [Int: RawConnection] = [:]
    private var altered = 0
    private var isReading = false

    private static let atOnce = 128
    private static let mostRead = 10
    private static let patience = 600.0
    private static let readingPatience = 10.0

    init(_ loop: RawLoop, count: Int, rooms: Int, bytes: Int) {
        self.loop = loop
        self.requests = Requests(loop.server, keepAlive: true)
        self.frames = ItemFrames(payload: ItemPayload(bytes: bytes))
        self.count = count
        self.rooms = (0..<rooms).map { Room(items: count / rooms + ($0 < count % rooms ? 1 : 0)) }
    }

    func send(_ progress: Progress) throws {
        self.loop.client = self
        defer { self.disconnect() }
        for _ in 0..<min(Self.atOnce, self.rooms.count) { self.openNext() }
        try self.loop.run(seconds: Self.patience) {
            if progress.isDue(self.loop.now) { progress.show("\(self.stored.grouped) of \(self.count.grouped) items stored") }
            return self.stored == self.count
        }
        guard self.stored == self.count else { throw RawFailure.gaveUp("only \(self.stored) of \(self.count) items were stored in time") }
    }

    /// Reads the mailboxes of a few rooms: what was wrong, and how many items there should have been.
    func readSome() throws -> (faults: ItemFaults, items: Int) {
        self.isReading = true
        self.loop.client = self
        defer { self.disconnect() }
        let places = stride(from: 0, to: self.rooms.count, by: max(1, self.rooms.count / Self.mostRead)).prefix(Self.mostRead)
        for place in places { self.dial(place, side: 1) }
        try self.loop.run(seconds: Self.readingPatience) { self.connections.isEmpty }
        var faults = ItemFaults(altered: self.altered)
        for place in places { faults.add(self.rooms[place].sequence, sent: self.rooms[place].items) }
        return (faults, places.reduce(0) { $0 + self.rooms[$1].items })
    }

    private func disconnect() {
        self.connections.values.forEach(self.loop.close)
        self.connections = [:]
        self.loop.client = nil
    }

    private func openNext() {
        guard self.begun < self.rooms.count else { return }
        self.begun += 1
        self.dial(self.begun - 1, side: 0)
    }

    private func dial(_ room: Int, side: Int) {
        do {
            guard case .connection(let connection) = try self.loop.dial(.upgrading, owner: room, side: side) else {
                throw RawFailure.gaveUp("a connection for items was refused")
            }
            self.connections[room] = connection
            self.loop.send(self.requests.upgrade(self.rooms[room].appID, side: side, sid: ItemFrames.sid), on: connection)
        } catch { self.loop.stop(error) }
    }

    private func close(_ connection: RawConnection) {
        self.loop.close(connection)
        self.connections[connection.owner] = nil
    }

    // MARK: - Events

    func upgraded(_ connection: RawConnection) {
        if self.isReading { return self.loop.send(ItemFrames.hello, on: connection) }
        self.loop.send(Array((1...self.rooms[connection.owner].items).map(self.frames.send).joined()), on: connection)
    }

    func received(_ connection: RawConnection, _ payload: UnsafeRawBufferPointer) {
        let place = connection.owner
        switch FrameType(payload) {
        case .accepted:
            self.rooms[place].accepted += 1
            self.stored += 1
            guard self.rooms[place].accepted == self.rooms[place].items else { return }
            self.close(connection)
            self.openNext()
        case .deliver:
            guard let number = self.frames.number(in: payload) else {
                self.altered += 1
                return
            }
            _ = self.rooms[place].sequence.receive(number)
            if number == self.rooms[place].items { self.close(connection) }
        case .error: self.loop.stop(ItemFrames.refusal(payload))
        // The response to hello is one of them.
        case .roomFull, .peerLeft, .offer, .answer, .ice, .other: break
        }
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {
        self.loop.stop(RawFailure.gaveUp("a connection for items: \(end)"))
    }
}
