import ByteStreams
import NIOConcurrencyHelpers
package import NIOCore
package import SignalingCore
package import SignalingWire
package import TimeKeeping
import WebSocketServer

/// A connection's hold on its room: every frame goes through here without looking the room up again.
package struct Membership: Sendable {
    package let room: Room
    package let side: Side
    let outbox: Outbox
    let registry: RoomRegistry

    /// What the sender of a frame has to know.
    package enum Outcome: Sendable, Equatable {
        case accepted
        /// Accepted, but the receiver is behind: stop reading until ordered to resume.
        case mustWait
        case refused(ErrorCode, StaticString)

        package static func == (a: Self, b: Self) -> Bool {
            switch (a, b) {
            case (.accepted, .accepted), (.mustWait, .mustWait): true
            case (.refused(let a, _), .refused(let b, _)): a == b
            default: false
            }
        }
    }

    package func leave(_ departure: Departure, _ loop: SignalingLoop) { self.registry.leave(self, departure, loop) }

    /// Whether the other side is behind before this connection has sent anything: stop reading until ordered to resume. Or a client could
    /// put a message more into its queue each time it came back.
    package func startsWaiting() -> Bool {
        self.room.contents.withLockedValue { contents in
            let isBehind = contents.state.isBehind(self.side.other)
            return contents.holder(self.side.other)?.makeWait(self.outbox, always: isBehind) ?? false
        }
    }

    /// What became of a batch of frames for the other side.
    package struct RelayOutcome: Sendable, Equatable {
        /// Frames that could neither be forwarded nor held.
        package var refused = 0
        /// The receiver is behind: stop reading until ordered to resume.
        package var mustWait = false

        package init(refused: Int = 0, mustWait: Bool = false) {
            self.refused = refused
            self.mustWait = mustWait
        }
    }

    /// The frames of the batch, which is empty afterwards, go to the other side byte for byte.
    package func relay(_ batch: inout RelayBatch, now: MonotonicTime, _ loop: SignalingLoop) -> RelayOutcome {
        let (outcome, isForwarded) = self.room.contents.withLockedValue { contents -> (RelayOutcome, Bool) in
            let decision = contents.state.relay(from: self.outbox.id, side: self.side, now: now)
            switch decision {
            case .forward(let peer):
                self.noteDescriptions(batch, &contents)
                let count = batch.frames.count
                let waits =
                    contents.member(peer)?.append(loop.context, sender: self.outbox, frames: &batch.bytes, count: count) ?? false
                return (RelayOutcome(mustWait: waits), true)
            case .absent:
                let refused = self.hold(batch, &contents)
                if refused < batch.frames.count { loop.note([.framesHeld(batch.frames.count - refused)]) }
                return (RelayOutcome(refused: refused), false)
            case .queue:
                // It is being closed: what comes for it now is lost with it.
                guard let receiver = contents.holder(self.side.other) else { return (RelayOutcome(), false) }
                self.noteDescriptions(batch, &contents)
                // The sender waits from here on, so this is one read's worth of frames, whatever the bound on stored bytes is.
                batch.forEachPayload { frame, payload in
                    contents.track(self.registry.totals) {
                        $0.queue(HeldFrame(kind: frame.kind, opcode: frame.opcode, payload: payload), from: self.side)
                    }
                }
                return (RelayOutcome(mustWait: receiver.makeWait(self.outbox, always: true)), false)
            case .ignore:
                return (RelayOutcome(), false)
            }
        }
        if !isForwarded { loop.tellEvents(of: self.room.id, self.side) }
        loop.metrics.relayed(batch.frames, isForwarded: isForwarded)
        batch.removeAll()
        return outcome
    }

    /// Whether the peers have described themselves to each other shows what a departure means.
    @inline(__always)
    private func noteDescriptions(_ batch: RelayBatch, _ contents: inout Room.Contents) {
        guard batch.kinds.hasDescription else { return }
        contents.state.described(batch.kinds, by: self.side)
    }

    /// Keeps for a peer that is not there what may be kept, and returns how many frames may not.
    private func hold(_ batch: RelayBatch, _ contents: inout Room.Contents) -> Int {
        let totals = self.registry.totals
        var refused = 0
        batch.forEachPayload { frame, payload in
            let mayHold = totals.hasSpace(for: frame.size, of: contents.owner)
            let isHeld = contents.track(totals) {
                $0.hold(
                    HeldFrame(kind: frame.kind, opcode: frame.opcode, payload: payload), side: self.side,
                    mayHold: mayHold)
            }
            if !isHeld { refused += 1 }
        }
        return refused
    }

    /// The response, where one is asked for, precedes what is delivered then.
    package func hello(_ hello: RoomState.Hello, _ loop: SignalingLoop) -> Outcome {
        self.acknowledge(loop) { state, now in
            state.hello(hello, from: self.outbox.id, side: self.side, now: now, actions: &loop.actions)
        } then: { contents in
            contents.perform(loop)
            contents.deliver(to: self.side, self.registry.totals, loop)
        }
        return hello.mailbox == .unnamed ? .accepted : self.outcomeOfAResponse
    }

    /// Stores a part of a message as an item for a side and hands it over if that side listens. With a `ref`, the sender is told
    /// first that it is stored.
    package func send(
        to recipient: Side, payload range: Range<Int>, of message: ByteBuffer, ref: UInt64? = nil, _ loop: SignalingLoop
    ) -> Outcome {
        guard let payload = message.getSlice(at: message.readerIndex + range.lowerBound, length: range.count) else {
            return .refused(.invalidField, "payload is missing")
        }
        let item = RoomState.NewItem(to: recipient, payload: payload.compactCopy(), ref: ref)
        let mayStore = self.registry.totals.hasSpace(for: range.count, of: self.room.owner)
        var outcome = SendOutcome.ignored
        self.change(loop) { state, now in
            outcome = state.send(
                item, from: self.outbox.id, side: self.side, mayStore: mayStore, isStoredLater: self.registry.hasJournal, now: now,
                actions: &loop.actions)
            if outcome == .numbered { outcome = self.record(&state, loop) }
        } then: { contents in
            contents.perform(loop)
            guard outcome == .stored else { return }
            loop.note([.itemStored(for: recipient, bytes: range.count)])
            contents.deliver(to: recipient, self.registry.totals, loop)
        }
        loop.tellEvents(of: self.room.id, self.side)
        switch outcome {
        case .stored, .repeated, .numbered, .awaited: return ref == nil ? .accepted : self.outcomeOfAResponse
        case .unavailable: return .refused(.mailboxFull, Self.cannotStore)
        case .ignored: return .accepted
        case .mailboxFull: return .refused(.mailboxFull, "that side's mailbox is full")
        case .serverFull: return .refused(.mailboxFull, "the server holds as much as it may; try again later")
        }
    }

    static let cannotStore: StaticString = "the server cannot store items now; try again later"

    /// The item that was just numbered goes into the journal, or nowhere.
    private func record(_ state: inout RoomState, _ loop: SignalingLoop) -> SendOutcome {
        guard let item = state.lastUnstored(in: self.room.id, of: self.room.owner),
            let position = self.registry.journal?.record(item, for: self.room, loop)
        else {
            state.takeBack()
            return .unavailable
        }
        state.recorded(at: position)
        return .numbered
    }

    /// A client that asks for responses faster than it reads them is not read from meanwhile.
    private var outcomeOfAResponse: Outcome { self.outbox.makeWait(self.outbox) ? .mustWait : .accepted }

    package func delivered(upTo seq: UInt64, _ loop: SignalingLoop) {
        self.acknowledge(loop) { state, now in
            state.delivered(from: self.outbox.id, side: self.side, upTo: seq, now: now)
        }
    }

    /// The connection has drained and may be given more of what waits for it.
    package func deliverMore(_ loop: SignalingLoop) {
        self.room.contents.withLockedValue { $0.deliver(to: self.side, self.registry.totals, loop) }
    }

    package func holderResponded(_ loop: SignalingLoop) {
        self.room.contents.withLockedValue { contents in
            contents.state.holderResponded(self.outbox.id, side: self.side, actions: &loop.actions)
            loop.note(RoomEvent.events(of: loop.actions))
            contents.perform(loop)
        }
        loop.tellEvents(of: self.room.id, self.side)
    }

    /// This connection has waited `RoomState.challengeTime` for its side.
    package func challengeExpired(_ loop: SignalingLoop) {
        let now = loop.clock.now()
        self.room.contents.withLockedValue { contents in
            let holderIsPaused = contents.holder(self.side)?.isReadingPaused ?? false
            contents.track(self.registry.totals) {
                $0.challengeExpired(
                    self.outbox.id, side: self.side, holderIsPaused: holderIsPaused, now: now, actions: &loop.actions)
            }
            loop.note(RoomEvent.events(of: loop.actions))
            contents.perform(loop)
            contents.deliver(to: self.side, self.registry.totals, loop)
        }
        loop.tellEvents(of: self.room.id, self.side)
    }

    /// Takes what the client reports of the connection between the peers.
    package func report(_ report: Telemetry, _ loop: SignalingLoop) {
        let now = loop.clock.now()
        let count = self.room.contents.withLockedValue { contents -> RoomState.ReportCount in
            let count = contents.state.report(report, from: self.outbox.id, side: self.side, now: now, actions: &loop.actions)
            contents.perform(loop)
            return count
        }
        if count != .nothing { loop.metrics.count { $0.count(report, count) } }
    }

    /// A change by which the side may acknowledge items. What it acknowledges is not waited for: at worst it is given them once more.
    private func acknowledge(
        _ loop: SignalingLoop, _ body: (inout RoomState, MonotonicTime) -> Void, then act: (inout Room.Contents) -> Void = { _ in }
    ) {
        guard self.registry.hasJournal, let journal = self.registry.journal else { return self.change(loop, body, then: act) }
        self.change(loop) { state, now in
            let before = state.acknowledged(by: self.side)
            body(&state, now)
            let acknowledged = state.acknowledged(by: self.side)
            if acknowledged > before {
                journal.note(.acknowledged(state.mailboxID, self.side, upTo: acknowledged), in: self.room.id, now: now)
            }
        } then: {
            act(&$0)
        }
    }

    private func change(
        _ loop: SignalingLoop, _ body: (inout RoomState, MonotonicTime) -> Void, then act: (inout Room.Contents) -> Void = { _ in }
    ) {
        let now = loop.clock.now()
        self.room.contents.withLockedValue { contents in
            contents.track(self.registry.totals) { body(&$0, now) }
            act(&contents)
        }
    }
}

extension ByteBuffer {
    /// A copy with storage of its own and no spare capacity: what is kept must not hold on to a larger buffer.
    func compactCopy() -> ByteBuffer {
        var copy = ByteBuffer()
        copy.reserveCapacity(self.readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
