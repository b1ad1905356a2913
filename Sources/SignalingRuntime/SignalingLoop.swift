package import ByteStreams
import NIOCore
import SignalingCore

/// What signaling keeps for all its connections of one event loop: its share of the metrics, and space that is used again. Used on its
/// loop only.
package final class SignalingLoop {
    package let context: LoopContext
    package let metrics: MetricsShard
    /// Reused for what rooms decide.
    var actions: [RoomAction] = []
    private var spareBatch = RelayBatch()

    package init(_ context: LoopContext, metrics: MetricsShard) {
        self.context = context
        self.metrics = metrics
    }

    package var clock: ServerClock { self.context.clock }

    /// An empty batch, with the space of the one before.
    package func takeBatch() -> RelayBatch {
        var batch = RelayBatch()
        swap(&batch, &self.spareBatch)
        return batch
    }

    /// Takes the batch back. Whatever is left in it is dropped.
    package func giveBack(_ batch: inout RelayBatch) {
        batch.removeAll()
        swap(&batch, &self.spareBatch)
    }
}
