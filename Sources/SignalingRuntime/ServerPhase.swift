import Synchronization

/// Whether the server takes on work.
package final class ServerPhase: Sendable {
    package enum Value: UInt8, AtomicRepresentable, Sendable { case starting, ready, draining }

    private let current = Atomic<Value>(.starting)

    package init() {}

    package var value: Value {
        get { self.current.load(ordering: .acquiring) }
        set { self.current.store(newValue, ordering: .releasing) }
    }

    package var isDraining: Bool { self.value == .draining }
}
