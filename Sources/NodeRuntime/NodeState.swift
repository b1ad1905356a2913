package import EngineScripts
import NetworkAddresses
package import NodeCore
import SignalingRuntime
import SignalingWire
package import TimeKeeping

/// What a node knows and has decided. Any loop may change it, under a lock under which nothing is called; what is to be done for it is done on the
/// node's own loop.
struct NodeState: Sendable {
    /// A connection that is to be told where its room is.
    struct Searcher: Sendable {
        let client: ClientAddress
        let post: LoopPost
        let tell: @Sendable (RoomNews) -> Void
    }

    var life: NodeLife
    var searches = RoomSearches()
    var homes: Homes
    var redemptions = RepeatedRedemptions()
    /// Whether the engine is connected, and this node has told it so.
    var isConnected = false
    /// Why it is not; nil while it is.
    var engineFault: String? = "not connected yet"
    /// What the engine says to what is written; nil where it takes it.
    var engineRefusal: String?
    var searchers: [RoomSearches.SearchID: Searcher] = [:]
    /// What other loops' calls have led to.
    var searchOrders: [RoomSearches.Order] = []
    var homeOrders: [Homes.Order] = []
    /// The node's loop has been given the task of looking at them.
    var isTaskDue = false
    var leasesLost = 0
    var reach = NodeReach()

    /// Mailboxes and rooms can be had: the engine is there, and this node's lease lasts.
    func isReady(now: MonotonicTime) -> Bool { self.isConnected && self.life.isLiving(now: now) }
}

/// Where a connection's room is.
package enum RoomNews: Sendable, Equatable {
    /// Here: it is expected.
    case here
    /// At this node, which is to be asked for so long at most; what came of it is for `Node.passed`.
    case at(NodeLease, within: TimeSpan)
    /// Not here, though another node took this one for its home.
    case notHome
    case unavailable(retryAfter: TimeSpan, RoomSearch.Reason)
}
