import NIOConcurrencyHelpers
import SignalingCore
package import SignalingWire
package import WebSocketCore

/// A room seen from outside, for the simulation to compare with what it expects.
package struct RoomView: Sendable, Equatable {
    package var a: ConnectionID?
    package var b: ConnectionID?
    /// What waits for the connections because their queues are full.
    package var backlogA = Backlog()
    package var backlogB = Backlog()

    package func backlog(of side: Side) -> Backlog { side == .a ? self.backlogA : self.backlogB }

    package struct Backlog: Sendable, Equatable {
        package var entries = 0
        package var frames = 0
        package var bytes = 0
        /// How many entries the connection took over from the one before.
        package var inherited = 0
    }
}

extension Room {
    package var view: RoomView {
        self.contents.withLockedValue {
            RoomView(
                a: $0.state.holder(of: .a), b: $0.state.holder(of: .b), backlogA: .init($0.state.backlog(of: .a)),
                backlogB: .init($0.state.backlog(of: .b)))
        }
    }
}

extension RoomView.Backlog {
    fileprivate init(_ backlog: (entries: Int, frames: Int, bytes: Int, inherited: Int)) {
        self.init(entries: backlog.entries, frames: backlog.frames, bytes: backlog.bytes, inherited: backlog.inherited)
    }
}
