#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes whole batches to a descriptor that may take them in parts, be interrupted, be non-blocking, or fail.
struct Outlet {
    enum Progress {
        case written(Int)
        /// The descriptor does not take these bytes of the batch, now or later.
        case gaveUp(Range<Int>)
    }

    /// Small enough to show a slow reader's progress while a batch is being written.
    private static let largestWrite = 1 << 16

    let descriptor: CInt
    /// A failed write left part of a line behind; the next line must not be appended to it.
    private var endsMidLine = false

    init(descriptor: CInt) { self.descriptor = descriptor }

    mutating func write(_ batch: [UInt8], progress: (Progress) -> Void) {
        if self.endsMidLine, self.writeOnce([UInt8(ascii: "\n")], from: 0) == 1 { self.endsMidLine = false }
        var offset = 0
        while offset < batch.count {
            guard let count = self.writeOnce(batch, from: offset) else {
                if offset > 0 { self.endsMidLine = batch[offset - 1] != UInt8(ascii: "\n") }
                progress(.gaveUp(offset..<batch.count))
                return
            }
            offset += count
            progress(.written(count))
        }
    }

    private func writeOnce(_ bytes: [UInt8], from offset: Int) -> Int? {
        while true {
            let count = bytes.withUnsafeBytes { all in
                let rest = UnsafeRawBufferPointer(rebasing: all[offset...].prefix(Self.largestWrite))
                // The pointer is used only within this closure, and only for the bytes of this buffer.
                return systemWrite(self.descriptor, rest.baseAddress, rest.count)
            }
            if count > 0 { return count }
            switch count == 0 ? 0 : errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK:
                var waiting = pollfd(fd: self.descriptor, events: CShort(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
            default: return nil
            }
        }
    }
}

/// The C library's `write`, which a method of the same name would hide.
private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
