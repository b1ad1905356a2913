import ServerThreads

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The lines that come in at a descriptor, one at a time and only when asked for: whoever types faster than the server takes it waits.
///
/// A thread reads, since the input may be a file or a terminal, neither of which an event loop can wait for without changing it for the
/// shell too. It ends with the input; the process does not wait for it.
package final class StandardInput: Sendable {
    private struct State: Sendable {
        var asking: CheckedContinuation<LineSplitter.Line?, Never>?
        var isCancelled = false
        var isOver = false
    }

    private let descriptor: Int32
    private let state = Monitor(State())
    /// A byte here interrupts the thread's wait for input.
    private let interruption: (reader: Int32, writer: Int32)

    /// One task reads from it, once. Nil if the system has no descriptors left.
    package init?(descriptor: Int32 = STDIN_FILENO) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        self.descriptor = descriptor
        self.interruption = (ends[0], ends[1])
        startThread { [self] in self.serve() }
    }

    deinit {
        close(self.interruption.reader)
        close(self.interruption.writer)
    }

    /// Nil at the end of the input, and when the task is cancelled.
    package func next() async -> LineSplitter.Line? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if !state.isOver { state.asking = continuation }
                    return state.isOver
                }
                if isOver { continuation.resume(returning: nil) } else { self.state.notify() }
            }
        } onCancel: {
            self.state.withLock { $0.isCancelled = true }
            var byte: UInt8 = 0
            _ = write(self.interruption.writer, &byte, 1)
        }
    }

    private func serve() {
        var splitter = LineSplitter()
        var isAtEnd = false
        while true {
            // Waits until somebody asks.
            let wasCancelled = self.state.wait { state in state.asking == nil ? nil : state.isCancelled }
            var line: LineSplitter.Line?
            if wasCancelled != true {
                line = splitter.next(atEnd: isAtEnd)
                while line == nil, !isAtEnd {
                    guard let bytes = self.read() else { break }
                    isAtEnd = bytes.isEmpty
                    splitter.append(bytes)
                    line = splitter.next(atEnd: isAtEnd)
                }
            }
            let asking = self.state.withLock { state in
                defer { state.asking = nil }
                state.isOver = line == nil
                return state.asking
            }
            asking?.resume(returning: line)
            if line == nil { return }
        }
    }

    /// Empty at the end of the input, nil if the wait was interrupted.
    private func read() -> [UInt8]? {
        var polled = [
            pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: self.interruption.reader, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&polled, nfds_t(polled.count), -1) < 0 { guard errno == EINTR else { return [] } }
        if polled[1].revents != 0 { return nil }
        return Array(unsafeUninitializedCapacity: 16_384) { buffer, count in
            #if canImport(Glibc)
            let result = Glibc.read(self.descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
            let result = Musl.read(self.descriptor, buffer.baseAddress, buffer.count)
            #else
            let result = Darwin.read(self.descriptor, buffer.baseAddress, buffer.count)
            #endif
            count = max(0, result)
        }
    }
}
