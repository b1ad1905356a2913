package import ByteStreams
import NIOCore
import SignalingCore
import SignalingWire

/// What signaling keeps for all its connections of one event loop: its share of the metrics, and space that is used again. Used on its
/// loop only.
package final class SignalingLoop {
    package let context: LoopContext
    package let metrics: MetricsShard
    /// Reused for what rooms decide.
    var actions: [RoomAction] = []
    /// The space of a batch, between the reading of one connection and the next.
    private var spareBatch = RelayBatch()
    private let observer: (any RoomObserver)?
    /// What a journal has to say to this loop comes by this.
    package private(set) lazy var post = LoopPost(self)
    /// What happened in the room that is being dealt with. It is told when the room's lock is given up.
    private var events: [RoomEvent] = []

    package init(_ context: LoopContext, metrics: MetricsShard, observer: (any RoomObserver)?) {
        self.context = context
        self.metrics = metrics
        self.observer = observer
    }

    package var clock: ServerClock { self.context.clock }

    /// An empty batch, with space that was used before.
    package func takeBatch() -> RelayBatch {
        var batch = RelayBatch()
        swap(&batch, &self.spareBatch)
        return batch
    }

    /// Takes a batch back for the next connection, which must not relay what this one could not.
    package func giveBack(_ batch: inout RelayBatch) {
        if !batch.isEmpty { batch.removeAll() }
        swap(&batch, &self.spareBatch)
    }

    // MARK: - What happens in rooms

    /// Notes events, if anybody wants to know of them.
    func note(_ events: @autoclosure () -> [RoomEvent]) {
        if self.observer?.followsEverything == true { self.events += events() }
    }

    /// Counts a pairing that is over, and notes it for whoever wants to know of such.
    func pairingEnded(_ end: PairingEnd) {
        if end.isCounted { self.metrics.count { $0.count(end) } }
        if self.observer != nil { self.events.append(.pairingEnded(end)) }
    }

    /// Tells what was noted. Called without a lock.
    func tellEvents(of room: RoomID, _ side: Side) {
        guard !self.events.isEmpty, let observer = self.observer else { return }
        for event in self.events { observer.observed(event, in: room, side: event.isOfRoom ? nil : side) }
        self.events.removeAll(keepingCapacity: true)
    }
}
