import EngineScripts
import SignalingCore
import SignalingWire
import TimeKeeping

/// What the engine's scripts have to do, in the words of the contract: each call changes this model as its script changes the engine, and
/// has the same reply. The tests hold the engines to it; the simulation has it in their place.
///
/// It shares nothing with the scripts: what they count as they go, it counts anew each time.
package struct EngineModel: Sendable {
    var codes = CodesModel()
    var rooms: [RoomID: KeptRoom] = [:]
    var nodes = NodesModel()

    package init() {}

    /// The engine lost all that it had.
    package mutating func wipe() { self = EngineModel() }

    /// Codes that it holds, also those whose time is over.
    package var liveCodes: [String] { self.codes.live.keys.map(\.text).sorted() }
}

extension EngineModel {
    struct CodesModel: Sendable {
        struct Live: Sendable {
            let room: RoomID
            let end: Int64
            let holder: HolderNetworks
        }

        struct Redemption: Sendable {
            let live: Live
            let forgotten: Int64
        }

        var live: [Code: Live] = [:]
        var minted: [RoomID: (code: Code, end: Int64, forgotten: Int64)] = [:]
        var redeemed: [String: Redemption] = [:]
        /// When each bucket of guesses is full again.
        var full: [String: Int64] = [:]
        var floor: (digits: Int, until: Int64)?
        var window: (end: Int64, failures: Int, isTold: Bool)?
    }

    struct KeptRoom: Sendable {
        var home: NodeID?
        var epoch: HomeEpoch
        var end: Int64
        var stored: StoredRoom
    }

    struct NodesModel: Sendable {
        struct Node: Sendable {
            var end: Int64
            let address: String
            var isDraining = false
        }

        var nodes: [NodeID: Node] = [:]
        var inboxes: [NodeID: [String]] = [:]
        var key: String?
    }
}
