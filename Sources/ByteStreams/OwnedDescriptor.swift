import CPortableSockets
import Synchronization

/// A descriptor that is closed once: when it is told to be, or when nobody refers to it any more.
package final class OwnedDescriptor: Sendable {
    private let value: Atomic<CInt>

    package init(_ number: CInt) { self.value = Atomic(number) }

    deinit { self.close() }

    /// -1 once it is closed, or somebody else's: calls with it fail then.
    package var number: CInt { self.value.load(ordering: .acquiring) }

    package func close() {
        let number = self.release()
        if number >= 0 { psk_close(number) }
    }

    /// The number, which is the caller's to close from now on.
    package func release() -> CInt { self.value.exchange(-1, ordering: .acquiringAndReleasing) }
}
