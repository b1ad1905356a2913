import NIOConcurrencyHelpers
import NIOCore
import NetworkAddresses
package import SignalingCore
package import SignalingWire
import WebSocketCore
import WebSocketServer

/// A room in use: its pure state, and the outboxes behind the connections the state speaks of, under one lock.
///
/// What the state decides is put into the outboxes while the lock is held. That is only a copy into memory, and it is what keeps the
/// order: two connections' frames for a third arrive as the room took them. Sockets are touched after the lock, by each outbox's loop.
package final class Room: Sendable {
    struct Contents: Sendable {
        var state: RoomState
        /// Who made the room: what it stores counts as this client's.
        let owner: ClientAddress
        /// At most four: a holder and a challenger a side.
        var members: [Outbox] = []
        /// It is gone, and counts nowhere any more: what the journal still has to say of it concerns nobody.
        var isForgotten = false

        func member(_ id: ConnectionID) -> Outbox? { self.members.first { $0.id == id } }

        func holder(_ side: Side) -> Outbox? { self.state.holder(of: side).flatMap(self.member) }
    }

    package let id: RoomID
    let owner: ClientAddress
    let contents: NIOLockedValueBox<Contents>
    private let totals: RoomTotals

    init(id: RoomID, owner: ClientAddress, state: RoomState, totals: RoomTotals) {
        self.id = id
        self.owner = owner
        self.totals = totals
        self.contents = NIOLockedValueBox(Contents(state: state, owner: owner))
    }
}

extension Room.Contents {
    /// Changes the state, and enters what it stores from then on.
    mutating func track<Result>(_ totals: RoomTotals, _ change: (inout RoomState) -> Result) -> Result {
        totals.track(&self.state, of: self.owner, change)
    }
}

extension Room: JournalWaiter {
    /// Items that were sent here are stored now, or will not be.
    package func settled(_ outcome: JournalOutcome, _ loop: SignalingLoop) {
        let stored = self.contents.withLockedValue { contents -> [RoomState.NowStored] in
            guard !contents.isForgotten else { return [] }
            let stored = contents.track(self.totals) { $0.settled(outcome, actions: &loop.actions) }
            contents.perform(loop)
            for side in Side.allCases { contents.deliver(to: side, self.totals, loop) }
            return stored
        }
        for item in stored {
            loop.note([.itemStored(for: item.recipient, bytes: item.bytes)])
            loop.tellEvents(of: self.id, item.sender)
        }
    }
}

extension Room.Contents {
    /// The one place that performs what a room decided: the actions its state left in `loop.actions`.
    mutating func perform(_ loop: SignalingLoop) {
        for action in loop.actions {
            switch action {
            case .roomFull(let id):
                self.write(to: id, loop) { ServerFrame.writeRoomFull(into: &$0) }
            case .peerLeft(let id):
                self.write(to: id, loop) { ServerFrame.writePeerLeft(into: &$0) }
            case .diagnosis(let id, let diagnosis):
                self.write(to: id, loop) { ServerFrame.writeDiagnosis(diagnosis, into: &$0) }
            case .pairingEnded(let end): loop.pairingEnded(end)
            case .frame(let id, let frame):
                self.write(to: id, loop) { frame.write(into: &$0) }
                loop.metrics.frameOut(frame.kind, bytes: frame.payload.readableBytes)
            case .item(let id, let kind, let seq, let payload):
                self.write(to: id, loop) { ServerFrame.writeItem(as: kind, seq: seq, payload: payload, into: &$0) }
                loop.metrics.frameOut(.send, bytes: payload.readableBytes)
            case .mailbox(let id, let mailbox, let seq):
                self.write(to: id, loop) { ServerFrame.writeMailbox(mailbox, deliveredUpTo: seq, into: &$0) }
            case .accepted(let id, let ref):
                self.write(to: id, loop) { ServerFrame.writeAccepted(ref: ref, into: &$0) }
            case .unstored(let id, let ref):
                self.write(to: id, loop) { ServerFrame.writeError(.mailboxFull, Membership.cannotStore, ref: ref, into: &$0) }
            case .admit(let id):
                self.member(id)?.order(loop.context) { $0.isReleased = true }
            case .probe(let id):
                self.member(id)?.order(loop.context) { $0.isProbed = true }
            case .close(let id, let code): self.close(id, code, loop)
            case .expel(let id): self.close(id, .policyViolation, loop)
            }
        }
        loop.actions.removeAll(keepingCapacity: loop.actions.capacity <= 1024)
    }

    /// What waits for a side goes out as far as its connection's queue has space; the rest stays in the room, not in the queue.
    mutating func deliver(to side: Side, _ totals: RoomTotals, _ loop: SignalingLoop) {
        guard let receiver = self.holder(side) else { return }
        let budget = receiver.space
        var isMoreLeft = false
        if self.state.isBehind(side) {
            self.track(totals) { isMoreLeft = $0.deliver(to: side, budget: budget, actions: &loop.actions) }
        } else {
            // Items count for as long as they are not acknowledged.
            isMoreLeft = self.state.deliver(to: side, budget: budget, actions: &loop.actions)
        }
        self.perform(loop)
        if isMoreLeft { receiver.wantMore(loop.context) }
    }

    private mutating func close(_ id: ConnectionID, _ code: CloseCode, _ loop: SignalingLoop) {
        self.member(id)?.order(loop.context) { $0.close = code }
        // It has no part in the room any more, and must not be kept by it while its close handshake goes on.
        self.members.removeAll { $0.id == id }
    }

    private func write(to id: ConnectionID, _ loop: SignalingLoop, _ body: (inout ByteBuffer) -> Void) {
        // The actions' own frames are few and small. Where a client can have many by asking, `Membership` makes it wait.
        _ = self.member(id)?.append(loop.context, body)
    }
}
