/// One side's place in a room, kept across connections. `SignalingService.withSession` makes one, and ends it.
public struct Session: Sendable {
    public let room: Room
    public let side: Side
    let engine: SessionEngine

    /// What becomes of the session. One loop at a time; what it has not come to yet waits. Ends when the session is closed here, and throws
    /// the error that the session has ended with.
    ///
    /// While nobody has begun a loop, the newest thousand are kept. From then on nothing is left out: with a thousand waiting, nothing more
    /// is read from the server, items and answers included.
    public var events: SessionEvents { SessionEvents(engine: self.engine) }

    /// The items of this side's mailbox, read as `type`. One loop at a time. An item is acknowledged when the next one is asked for: one
    /// that a loop was left with, or that the process ended with, is the first of the next loop.
    ///
    /// An item that is no `type` ends the loop with `item_unreadable`, and stays the first; `rawItems` reads whatever it is.
    public func items<Value: Decodable & Sendable>(of type: Value.Type = Value.self) -> SessionItems<Value> {
        SessionItems(engine: self.engine) { (item) throws(ClientError) in try item.decode(as: type) }
    }

    /// The items as they were sent.
    public var rawItems: SessionItems<RawItem> { SessionItems(engine: self.engine) { (item) throws(ClientError) in item } }

    /// Puts an item into the mailbox of a side, the other one unless it is named. Returns when the server has stored it, however often the
    /// connection was lost meanwhile; it is stored once.
    ///
    /// Cancelling the task ends the waiting alone. Up to 1,000 items and 4 MiB may wait; past that it throws `queue_full`.
    public func send(_ value: some Encodable, to side: Side? = nil) async throws(ClientError) {
        try await self.send(json: try JSONText.encode(value), to: side)
    }

    public func send(json: [UInt8], to side: Side? = nil) async throws(ClientError) {
        do {
            try await self.engine.send(json, to: side ?? self.side.other)
        } catch let error as ClientError {
            throw error
        } catch {
            throw ClientError.cancelled
        }
    }

    /// Sends a frame to the other side as it is: an object with `offer`, `answer`, `ice` or `sender_ready` as its `type`. It reaches whoever
    /// is there now, or the first who comes; while there is no connection, 256 of them wait for one.
    public func signal(_ value: some Encodable) throws(ClientError) { try self.signal(RelayedFrame(value)) }
    public func signal(_ frame: RelayedFrame) throws(ClientError) { try self.engine.signal(frame) }

    /// Tells the server what becomes of the connection between the peers. `detail` is an object of what docs/protocol.md names.
    public func telemetry(_ event: String, _ detail: some Encodable) throws(ClientError) {
        self.engine.telemetry(event: event, detail: try JSONText.encode(detail))
    }

    /// The network has changed, or the program was suspended: tries at once, or finds out whether the connection is still alive.
    public func checkConnection() { self.engine.check() }

    public var isOpen: Bool { self.engine.isOpen }
    public var isPeerPresent: Bool { self.engine.isPeerPresent }

    /// What to keep, so that another process can go on where this one is now.
    public var resumeToken: ResumeToken { self.engine.resumeToken }
}

public struct SessionEvents: AsyncSequence, Sendable {
    public typealias Element = SessionEvent
    public typealias Failure = ClientError
    let engine: SessionEngine

    public func makeAsyncIterator() -> Iterator {
        Iterator(place: LoopPlace(enter: self.engine.enterEvents, leave: self.engine.leaveEvents), engine: self.engine)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let place: LoopPlace
        let engine: SessionEngine

        public func next() async throws(ClientError) -> SessionEvent? { try await self.next(isolation: nil) }

        public func next(isolation actor: isolated (any Actor)?) async throws(ClientError) -> SessionEvent? {
            try self.place.enter()
            return try await self.engine.nextEvent()
        }
    }
}

public struct SessionItems<Element: Sendable>: AsyncSequence, Sendable {
    public typealias Failure = ClientError
    let engine: SessionEngine
    let read: @Sendable (RawItem) throws(ClientError) -> Element

    public func makeAsyncIterator() -> Iterator {
        Iterator(place: LoopPlace(enter: self.engine.enterItems, leave: self.engine.leaveItems), engine: self.engine, read: self.read)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let place: LoopPlace
        let engine: SessionEngine
        let read: @Sendable (RawItem) throws(ClientError) -> Element
        private var isHandedOver = false

        init(place: LoopPlace, engine: SessionEngine, read: @escaping @Sendable (RawItem) throws(ClientError) -> Element) {
            self.place = place
            self.engine = engine
            self.read = read
        }

        public mutating func next() async throws(ClientError) -> Element? { try await self.next(isolation: nil) }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(ClientError) -> Element? {
            try self.place.enter()
            if self.isHandedOver { self.engine.takeItem() }
            self.isHandedOver = false
            guard let item = try await self.engine.firstItem() else { return nil }
            let element = try self.read(item)
            self.isHandedOver = true
            return element
        }
    }
}

/// A loop's place as the only one, from the first element that it asks for until its iterator is gone.
final class LoopPlace: Sendable {
    private let hasEntered = Locked(false)
    private let enterOnce: @Sendable () throws(ClientError) -> Void
    private let leave: @Sendable () -> Void

    init(enter: @escaping @Sendable () throws(ClientError) -> Void, leave: @escaping @Sendable () -> Void) {
        self.enterOnce = enter
        self.leave = leave
    }

    deinit {
        if self.hasEntered.withLock({ $0 }) { self.leave() }
    }

    /// Throws if another loop runs.
    func enter() throws(ClientError) {
        guard !self.hasEntered.withLock({ $0 }) else { return }
        try self.enterOnce()
        self.hasEntered.withLock { $0 = true }
    }
}
