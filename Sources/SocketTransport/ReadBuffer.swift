#if os(Linux)
import ByteStreams
import Glibc
import NIOCore

/// Where every read of a loop's sockets goes first. A connection that sends nothing costs no buffer.
struct ReadBuffer {
    enum Outcome {
        /// Bytes are in `bytes`; `isAll` if the socket had no more of them.
        case bytes(isAll: Bool)
        case end
        case nothing
        case failed(SystemCallError)
    }

    private(set) var bytes = ByteBuffer()
    private var size: Int
    private static let largest = 65_536

    /// It begins with this size, and doubles up to 64 KiB when a read fills it: what one read brings is what all bounds reckon with.
    init(first size: Int) { self.size = min(size, Self.largest) }

    mutating func read(_ descriptor: CInt) -> Outcome {
        while true {
            self.bytes.clear()
            let size = self.size
            var count = 0
            self.bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { target in
                // There is space for at least as much as was asked for.
                count = Glibc.read(descriptor, target.baseAddress, size)
                return max(0, count)
            }
            if count > 0 {
                if count == size { self.size = min(2 * size, Self.largest) }
                return .bytes(isAll: count < size)
            }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: return .failed(SystemCallError("read"))
            }
        }
    }
}
#endif
