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
    /// What the connection that is being read has for the other side of its room. Empty between connections.
    package var batch = RelayBatch()

    package init(_ context: LoopContext, metrics: MetricsShard) {
        self.context = context
        self.metrics = metrics
    }

    package var clock: ServerClock { self.context.clock }
}
