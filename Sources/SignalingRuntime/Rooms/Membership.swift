import NIOConcurrencyHelpers
import NIOCore
package import SignalingCore
package import SignalingWire

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

    /// The message in `context.message` goes to the other side, byte for byte.
    package func relay(_ kind: FrameKind, _ opcode: Opcode, _ context: LoopContext) -> Outcome {
        let bytes = context.message.readableBytes
        let totals = self.registry.totals
        return self.room.contents.withLockedValue { contents -> Outcome in
            let decision = contents.state.relay(
                from: self.outbox.id, side: self.side, bytes: bytes, mayHold: totals.hasRoom(for: bytes), now: context.clock.now())
            switch decision {
            case .forward(let peer):
                guard let peer = contents.member(peer) else { return .accepted }
                context.metrics.frameOut(kind, bytes: bytes)
                let waits = peer.append(context, sender: self.outbox) {
                    WebSocketFrame.writeHeader(opcode, payload: bytes, into: &$0)
                    $0.writeImmutableBuffer(context.message)
                }
                return waits ? .mustWait : .accepted
            case .hold:
                let frame = HeldFrame(kind: kind, opcode: opcode, payload: context.message.compactCopy())
                totals.track(&contents.state) { $0.hold(frame, side: self.side) }
                return .accepted
            case .refuse:
                return .refused(.peerAbsent, "the other side is not connected, and no more can be held for it")
            case .ignore:
                return .accepted
            }
        }
    }

    package func hello(deliveredUpTo: UInt64, _ context: LoopContext) {
        self.change(context) { state, now in
            state.hello(from: self.outbox.id, side: self.side, deliveredUpTo: deliveredUpTo, now: now)
        } then: { contents in
            self.deliver(to: self.side, &contents, context)
        }
    }

    /// Stores a part of `context.message` as an item for a side and hands it over if that side listens.
    package func send(to recipient: Side, payload range: Range<Int>, _ context: LoopContext) -> Outcome {
        guard self.registry.totals.hasRoom(for: range.count) else {
            return .refused(.mailboxFull, "the server holds as much as it may; try again later")
        }
        guard let payload = context.message.getSlice(at: context.message.readerIndex + range.lowerBound, length: range.count) else {
            return .refused(.invalidField, "payload is missing")
        }
        let copy = payload.compactCopy()
        var isStored = false
        self.change(context) { state, now in
            isStored = state.send(from: self.outbox.id, side: self.side, to: recipient, payload: copy, now: now)
        } then: { contents in
            if isStored { self.deliver(to: recipient, &contents, context) }
        }
        return isStored ? .accepted : .refused(.mailboxFull, "that side's mailbox is full")
    }

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
