/// Carries out what a session decides. All that happens is told to the core under one lock, and done by the tasks of `run`.
final class SessionEngine: Sendable {
    private enum Outgoing: Sendable {
        case frame([UInt8])
        case close
    }

    private struct State: Sendable {
        var core: SessionCore
        /// Counts the attempts; a WebSocket belongs to one.
        var connection = 0
        var isDropped = false
        var outgoing = BoundedQueue<Outgoing>(.init(count: .max, bytes: .max))
        var events: BoundedQueue<SessionEvent>
        var items: BoundedQueue<(item: RawItem, mailbox: String)>
        /// Tasks that wait until an item is stored.
        var senders: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var isOver = false
        var error: ClientError?
        /// There was a loop over the events: nothing is left out for it any more.
        var hasListener = false
        var hasEventLoop = false
        var hasItemLoop = false
        /// What the timers' task sleeps until.
        var sleepsUntil: Duration?
    }

    /// Frames and items that wait for the program. Past this nothing is read, until there is room again.
    private static let eventLimit = BoundedQueue<Void>.Limit(count: 1024, bytes: 4 << 20)
    private static let itemLimit = BoundedQueue<Void>.Limit(count: 65_536, bytes: 64 << 20)
    private static let oneLoop = "another loop over the same is running"

    private let transport: any SignalingTransport
    private let request: TransportRequest
    private let service: ServerQuestions
    private let surroundings: Surroundings
    private let state: Locked<State>

    private let connecting = Signal()
    private let dropping = Signal()
    private let writing = Signal()
    private let reading = Signal()
    private let timing = Signal()
    private let eventCame = Signal()
    private let itemCame = Signal()

    init(
        core: SessionCore, transport: any SignalingTransport, request: TransportRequest, service: ServerQuestions,
        surroundings: Surroundings
    ) {
        self.transport = transport
        self.request = request
        self.service = service
        self.surroundings = surroundings
        self.state = Locked(
            State(
                core: core, events: BoundedQueue(.init(count: Self.eventLimit.count, bytes: Self.eventLimit.bytes)),
                items: BoundedQueue(.init(count: Self.itemLimit.count, bytes: Self.itemLimit.bytes))))
    }

    // MARK: What the program asks for

    var isOpen: Bool { self.state.withLock { $0.core.isOpen } }
    var isPeerPresent: Bool { self.state.withLock { $0.core.isPeerPresent } }
    var resumeToken: ResumeToken { self.state.withLock { $0.core.resumeToken } }

    /// Returns when the server has stored the item. If the task is cancelled, it waits no longer; the item is stored all the same.
    func send(_ payload: [UInt8], to side: Side) async throws {
        let pending = Locked<UInt64?>(nil)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: ClientError.cancelled) }
                let failure = self.tell { state -> ClientError? in
                    do throws(ClientError) {
                        let ref = try state.core.send(payload, to: side)
                        state.senders[ref] = continuation
                        pending.withLock { $0 = ref }
                        return nil
                    } catch {
                        return error
                    }
                }
                if let failure { return continuation.resume(throwing: failure) }
                // The handler may have run before there was anything for it.
                if Task.isCancelled { self.stopWaiting(for: pending) }
            }
        } onCancel: {
            self.stopWaiting(for: pending)
        }
    }

    private func stopWaiting(for pending: Locked<UInt64?>) {
        guard let ref = pending.withLock({ $0 }) else { return }
        self.state.withLock { $0.senders.removeValue(forKey: ref) }?.resume(throwing: ClientError.cancelled)
    }

    func signal(_ frame: RelayedFrame) throws(ClientError) {
        let failure = self.tell { state -> ClientError? in
            do throws(ClientError) {
                try state.core.signal(frame, unsent: state.outgoing.bytes)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    func telemetry(event: String, detail: [UInt8]) {
        self.tell { $0.core.telemetry(event: event, detail: detail, unsent: $0.outgoing.bytes) }
    }

    func check() {
        let now = self.surroundings.now()
        self.tell { $0.core.check(now: now) }
    }

    func close() {
        let now = self.surroundings.now()
        self.tell { $0.core.close(now: now) }
    }

    // MARK: Loops of the program

    func enterEvents() throws(ClientError) {
        let isFirst = self.state.withLock { state in
            defer { (state.hasEventLoop, state.hasListener) = (true, true) }
            return !state.hasEventLoop
        }
        if !isFirst { throw ClientError(.invalidArgument, Self.oneLoop) }
    }

    func leaveEvents() { self.state.withLock { $0.hasEventLoop = false } }

    /// Nil when the session was closed here.
    func nextEvent() async throws(ClientError) -> SessionEvent? {
        while true {
            enum Step: Sendable { case event(SessionEvent), over(ClientError?), wait }
            let step = self.state.withLock { state -> Step in
                if let event = state.events.popFirst() { return .event(event) }
                return state.isOver ? .over(state.error) : .wait
            }
            switch step {
            case .event(let event):
                self.reading.notify()
                return event
            case .over(nil): return nil
            case .over(let error?): throw error
            case .wait: await self.eventCame.wait()
            }
            if Task.isCancelled { throw .cancelled }
        }
    }

    func enterItems() throws(ClientError) {
        let isFirst = self.state.withLock { state in
            defer { state.hasItemLoop = true }
            return !state.hasItemLoop
        }
        if !isFirst { throw ClientError(.invalidArgument, Self.oneLoop) }
    }

    func leaveItems() { self.state.withLock { $0.hasItemLoop = false } }

    /// The first item that was not taken; it stays the first. Nil when the session was closed here.
    func firstItem() async throws(ClientError) -> RawItem? {
        while true {
            enum Step: Sendable { case item(RawItem), over(ClientError?), wait }
            let step = self.state.withLock { state -> Step in
                if state.isOver { return .over(state.error) }
                return state.items.first.map { .item($0.item) } ?? .wait
            }
            switch step {
            case .item(let item): return item
            case .over(nil): return nil
            case .over(let error?): throw error
            case .wait: await self.itemCame.wait()
            }
            if Task.isCancelled { throw .cancelled }
        }
    }

    func takeItem() {
        let now = self.surroundings.now()
        self.tell { state in
            guard let (item, mailbox) = state.items.popFirst() else { return }
            state.core.take(seq: item.seq, of: mailbox, now: now)
        }
        self.reading.notify()
    }

    // MARK: Carrying out

    /// Tells the core something, and carries out what it makes of that.
    @discardableResult
    private func tell<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, settled, woken) = self.state.withLock {
            state -> (Result, [(CheckedContinuation<Void, any Error>, ClientError?)], [Signal]) in
            let result = body(&state)
            var settled: [(CheckedContinuation<Void, any Error>, ClientError?)] = []
            var woken: [Signal] = []
            for action in state.core.takeActions() { self.perform(action, &state, &settled, &woken) }
            if let deadline = state.core.deadline, state.sleepsUntil.map({ deadline < $0 }) ?? true { woken.append(self.timing) }
            return (result, settled, woken)
        }
        // Not under the lock: whoever waits may run at once.
        for (sender, error) in settled {
            if let error { sender.resume(throwing: error) } else { sender.resume() }
        }
        for signal in woken { signal.notify() }
        return result
    }

    private func perform(
        _ action: SessionCore.Action, _ state: inout State, _ settled: inout [(CheckedContinuation<Void, any Error>, ClientError?)],
        _ woken: inout [Signal]
    ) {
        switch action {
        case .connect:
            state.connection += 1
            state.isDropped = false
            state.outgoing.removeAll()
            woken.append(self.connecting)
        case .send(let frame):
            state.outgoing.append(.frame(frame), bytes: frame.count)
            woken.append(self.writing)
        case .close:
            state.outgoing.append(.close, bytes: 0)
            woken.append(self.writing)
        case .drop:
            state.isDropped = true
            woken.append(self.dropping)
        case .event(let event):
            // Who never asks for events shall not be stopped by them.
            if !state.hasListener { while state.events.isFull { _ = state.events.popFirst() } }
            state.events.append(event, bytes: event.size)
            woken.append(self.eventCame)
        case .item(let item, let mailbox):
            state.items.append((item, mailbox), bytes: item.json.count)
            woken.append(self.itemCame)
        case .settle(let ref, let error):
            if let sender = state.senders.removeValue(forKey: ref) { settled.append((sender, error)) }
        case .ended(let error):
            state.isOver = true
            state.error = error
            for sender in state.senders.values { settled.append((sender, state.core.closedError)) }
            state.senders = [:]
            woken += [self.eventCame, self.itemCame, self.connecting, self.reading]
        }
    }

    // MARK: The tasks

    /// Returns when the session is over and its WebSocket is closed.
    func run() async {
        let now = self.surroundings.now()
        self.tell { $0.core.start(now: now) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepTime() }
            await self.keepConnected()
            group.cancelAll()
        }
        self.close()
    }

    private func keepTime() async {
        while !Task.isCancelled {
            let deadline = self.state.withLock { state in
                state.sleepsUntil = state.core.deadline
                return state.core.deadline
            }
            guard let deadline else {
                await self.timing.wait()
                continue
            }
            let now = self.surroundings.now()
            if deadline > now { await self.sleep(deadline - now) }
            if Task.isCancelled { return }
            let later = self.surroundings.now()
            self.tell { $0.core.timePassed(now: later) }
        }
    }

    /// Until the time has passed, or there is an earlier deadline.
    private func sleep(_ span: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.surroundings.sleep(span) }
            group.addTask { await self.timing.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    private func keepConnected() async {
        while true {
            enum Step: Sendable { case connect(Int), wait, over }
            let step = self.state.withLock { state -> Step in
                if state.core.isConnecting { return .connect(state.connection) }
                return state.isOver ? .over : .wait
            }
            switch step {
            case .connect(let connection): await self.connect(connection)
            case .over: return
            case .wait: await self.connecting.wait()
            }
            // Whoever cancels the task leaves the session.
            if Task.isCancelled { return }
        }
    }

    /// One WebSocket, from the attempt to its end.
    private func connect(_ connection: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.converse(connection) }
            group.addTask {
                while !Task.isCancelled, !self.state.withLock({ $0.isDropped || $0.connection != connection }) {
                    await self.dropping.wait()
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func converse(_ connection: Int) async {
        let opening: WebSocketOpening
        do {
            opening = try await self.transport.openWebSocket(self.request)
        } catch {
            return self.tell(connection) { $0.core.refused(ServerQuestions.unreachable(self.request, error), now: $1) }
        }
        switch opening {
        case .refused(let response):
            let error = await self.service.whyNoWebSocket(response)
            self.tell(connection) { $0.core.refused(error, now: $1) }
        case .open(let socket):
            await withTaskCancellationHandler {
                self.tell(connection) { $0.core.connected(now: $1) }
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await self.read(socket, connection) }
                    group.addTask { await self.write(socket) }
                    await group.next()
                    group.cancelAll()
                    socket.abort()
                }
            } onCancel: {
                socket.abort()
            }
        }
    }

    /// What happens to a connection that was left means nothing any more.
    private func tell(_ connection: Int, _ body: (inout State, Duration) -> Void) {
        let now = self.surroundings.now()
        self.tell { state in
            if state.connection == connection, !state.isDropped { body(&state, now) }
        }
    }

    private func read(_ socket: any SignalingSocket, _ connection: Int) async {
        while !Task.isCancelled {
            let message: SocketMessage
            do {
                message = try await socket.receive()
            } catch {
                message = .closed(code: 1006, reason: "")
            }
            switch message {
            case .data(let bytes):
                self.tell(connection) { $0.core.received(bytes, now: $1) }
                await self.roomForMore()
            case .ping:
                self.tell(connection) { $0.core.heard(now: $1) }
            case .closed(let code, let reason):
                return self.tell(connection) { $0.core.closed(code: code, reason: reason, now: $1) }
            }
        }
    }

    private func roomForMore() async {
        while !Task.isCancelled,
            self.state.withLock({ state in !state.isOver && (state.items.isFull || state.hasListener && state.events.isFull) })
        {
            await self.reading.wait()
        }
    }

    /// Returns when the closing handshake is over, or the socket takes nothing more.
    private func write(_ socket: any SignalingSocket) async {
        while !Task.isCancelled {
            switch self.state.withLock({ $0.outgoing.popFirst() }) {
            case .frame(let frame):
                do {
                    try await socket.send(frame)
                } catch {
                    // The reader finds out what has become of the socket, and may have the server's reason.
                    return await self.untilCancelled()
                }
            case .close:
                return await socket.close(code: 1000)
            case nil:
                await self.writing.wait()
            }
        }
    }

    private func untilCancelled() async {
        while !Task.isCancelled { await self.writing.wait() }
    }
}

extension SessionEvent {
    /// About what it takes to keep it.
    fileprivate var size: Int {
        switch self {
        case .signal(let frame): frame.json.count
        case .refused(let code, let message): code.utf8.count + message.utf8.count
        case .diagnosis(let diagnosis):
            [diagnosis.cause, diagnosis.hint ?? "", diagnosis.advice ?? ""].reduce(0) { $0 + $1.utf8.count }
        case .opened, .reconnecting, .paired, .peerLeft: 64
        }
    }
}
