import NIOConcurrencyHelpers
import SignalingCore
import SignalingWire
package import WebSocketCore

/// A room seen from outside, for the simulation to compare with what it expects.
package struct RoomView: Sendable, Equatable {
    package var a: ConnectionID?
    package var b: ConnectionID?
}

extension Room {
    package var view: RoomView {
        self.contents.withLockedValue { RoomView(a: $0.state.holder(of: .a), b: $0.state.holder(of: .b)) }
    }
}
