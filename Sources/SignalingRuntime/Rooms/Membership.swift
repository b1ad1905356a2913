import NIOConcurrencyHelpers
package import NIOCore
package import SignalingCore
package import SignalingWire
package import TimeKeeping

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

    package func leave(_ context: LoopContext) { self.registry.leave(self, context) }

    /// Whether the other side is behind before this connection has sent anything: stop reading until ordered to resume. Or a client could
    /// put a message more into its queue each time it came back.
    package func startsWaiting() -> Bool {
        self.room.contents.withLockedValue { $0.holder(self.side.other)?.makeWait(self.outbox) ?? false }
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

    /// The frames that `context` has gathered go to the other side, byte for byte.
    package func relay(now: MonotonicTime, _ context: LoopContext) -> RelayOutcome {
        context.relayGathered { batch in
            let (outcome, isForwarded) = self.room.contents.withLockedValue { contents -> (RelayOutcome, Bool) in
                let decision = contents.state.relay(from: self.outbox.id, side: self.side, now: now)
                switch decision {
                case .forward(let peer):
                    let waits = contents.member(peer)?.append(context, sender: self.outbox, batch: &batch) ?? false
                    return (RelayOutcome(mustWait: waits), true)
                case .absent:
                    return (RelayOutcome(refused: self.hold(batch, &contents)), false)
                case .ignore:
                    return (RelayOutcome(), false)
                }
            }
            context.metrics.relayed(batch.frames, isForwarded: isForwarded)
            return outcome
        }
    }

    /// Keeps for a peer that is not there what may be kept, and answers how many frames may not.
    private func hold(_ batch: RelayBatch, _ contents: inout Room.Contents) -> Int {
        let totals = self.registry.totals
        var refused = 0
        batch.forEachPayload { frame, payload in
            let isHeld = totals.track(&contents.state) {
                $0.hold(
                    HeldFrame(kind: frame.kind, opcode: frame.opcode, payload: payload), side: self.side,
                    mayHold: totals.hasRoom(for: frame.size))
            }
            if !isHeld { refused += 1 }
        }
        return refused
    }

    /// Its answer, where one is asked for, precedes what is delivered then.
    package func hello(_ hello: RoomState.Hello, _ context: LoopContext) -> Outcome {
        self.change(context) { state, now in
            state.hello(hello, from: self.outbox.id, side: self.side, now: now, actions: &context.actions)
        } then: { contents in
            contents.perform(context)
            self.deliver(to: self.side, &contents, context)
        }
        return hello.mailbox == .unnamed ? .accepted : self.outcomeOfAnAnswer
    }

    /// Stores a part of a message as an item for a side and hands it over if that side listens. With a `ref`, the sender is told
    /// first that it is stored.
    package func send(
        to recipient: Side, payload range: Range<Int>, of message: ByteBuffer, ref: UInt64? = nil, _ context: LoopContext
    ) -> Outcome {
        guard let payload = message.getSlice(at: message.readerIndex + range.lowerBound, length: range.count) else {
            return .refused(.invalidField, "payload is missing")
        }
        let item = RoomState.NewItem(to: recipient, payload: payload.compactCopy(), ref: ref)
        let mayStore = self.registry.totals.hasRoom(for: range.count)
        var outcome = SendOutcome.ignored
        self.change(context) { state, now in
            outcome = state.send(item, from: self.outbox.id, side: self.side, mayStore: mayStore, now: now, actions: &context.actions)
        } then: { contents in
            contents.perform(context)
            if outcome == .stored { self.deliver(to: recipient, &contents, context) }
        }
        switch outcome {
        case .stored, .repeated: return ref == nil ? .accepted : self.outcomeOfAnAnswer
        case .ignored: return .accepted
        case .mailboxFull: return .refused(.mailboxFull, "that side's mailbox is full")
        case .serverFull: return .refused(.mailboxFull, "the server holds as much as it may; try again later")
        }
    }

    /// A client that asks for answers faster than it reads them is not read from meanwhile.
    private var outcomeOfAnAnswer: Outcome { self.outbox.makeWait(self.outbox) ? .mustWait : .accepted }

    package func delivered(upTo seq: UInt64, _ context: LoopContext) {
        self.change(context) { state, now in
            state.delivered(from: self.outbox.id, side: self.side, upTo: seq, now: now)
        }
    }

    /// The connection has drained and may be given further items.
    package func deliverMore(_ context: LoopContext) {
        self.room.contents.withLockedValue { self.deliver(to: self.side, &$0, context) }
    }

    package func holderAnswered(_ context: LoopContext) {
        self.room.contents.withLockedValue { contents in
            contents.state.holderAnswered(self.outbox.id, side: self.side, actions: &context.actions)
            contents.perform(context)
        }
    }

    /// This connection has waited `RoomState.challengeTime` for its side.
    package func challengeExpired(_ context: LoopContext) {
        let now = context.clock.now()
        self.room.contents.withLockedValue { contents in
            let holderIsPaused = contents.holder(self.side)?.isReadingPaused ?? false
            self.registry.totals.track(&contents.state) {
                $0.challengeExpired(
                    self.outbox.id, side: self.side, holderIsPaused: holderIsPaused, now: now, actions: &context.actions)
            }
            contents.perform(context)
        }
    }

    /// The pairing's time to first flow, on the first report that it is connected.
    package func established(_ context: LoopContext) -> TimeSpan? {
        let now = context.clock.now()
        return self.room.contents.withLockedValue { $0.state.established(now: now) }
    }

    /// Whether this is the pairing's first report of failure.
    package func failed() -> Bool {
        self.room.contents.withLockedValue { $0.state.failed() }
    }

    private func change(
        _ context: LoopContext, _ body: (inout RoomState, MonotonicTime) -> Void, then act: (inout Room.Contents) -> Void = { _ in }
    ) {
        let now = context.clock.now()
        self.room.contents.withLockedValue { contents in
            self.registry.totals.track(&contents.state) { body(&$0, now) }
            act(&contents)
        }
    }

    /// Items go out as far as the receiver's queue has room; the rest waits in the mailbox, not in the queue.
    private func deliver(to side: Side, _ contents: inout Room.Contents, _ context: LoopContext) {
        guard let receiver = contents.holder(side) else { return }
        let isMoreLeft = contents.state.deliver(to: side, budget: receiver.room, actions: &context.actions)
        contents.perform(context)
        if isMoreLeft { receiver.wantMore(context) }
    }
}

extension ByteBuffer {
    /// A copy with storage of its own and no spare room: what is kept must not hold on to a larger buffer.
    func compactCopy() -> ByteBuffer {
        var copy = ByteBuffer()
        copy.reserveCapacity(self.readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
