import CPortableSockets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Wakes a thread that waits for input. Both ends stay open as long as this object lives, so that whoever has it may do so whenever.
package final class WakeupPipe: Sendable {
    private let ends: (read: OwnedDescriptor, write: OwnedDescriptor)

    package init() throws(SystemCallError) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemCallError("pipe") }
        self.ends = (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
        guard psk_adopt(ends[0]) == 0, psk_adopt(ends[1]) == 0 else { throw SystemCallError("fcntl") }
    }

    /// Has input once somebody has called ``wake()``, and ever after.
    package var descriptor: CInt { self.ends.read.number }

    package func wake() {
        // One byte: the pipe takes it, or is full of earlier ones.
        _ = write(self.ends.write.number, [0], 1)
    }
}
