#if os(Linux)
import ByteStreams
import CLinuxSockets
import Glibc

/// An epoll, and the descriptor that wakes whoever waits at it.
final class Poller {
    typealias Events = UInt32

    private let epoll: CInt
    private let wakeup: CInt
    private var events: [epoll_event]

    /// Events taken from the kernel at a time: enough that a round's fixed costs are shared by many, few enough that what is to be sent
    /// does not wait for long.
    private static let batch = 256
    private static let inputEvents = lsk_readable | lsk_input_ended | lsk_edge_triggered

    init() throws(SystemCallError) {
        let epoll = lsk_epoll_create()
        guard epoll >= 0 else { throw SystemCallError("epoll_create1") }
        let wakeup = lsk_eventfd_create()
        // Edge triggered, the descriptor never has to be read: each write to it is an edge.
        guard wakeup >= 0, lsk_add(epoll, wakeup, 0, lsk_readable | lsk_edge_triggered) == 0 else {
            let error = SystemCallError(wakeup < 0 ? "eventfd" : "epoll_ctl")
            if wakeup >= 0 { _ = Glibc.close(wakeup) }
            _ = Glibc.close(epoll)
            throw error
        }
        self.epoll = epoll
        self.wakeup = wakeup
        self.events = Array(repeating: epoll_event(), count: Self.batch)
    }

    // Not in `close`: a thread that handed over the loop's last work may still be about to wake it, and must not write to whoever has
    // been given the descriptor since.
    deinit { _ = Glibc.close(self.wakeup) }

    func close() { _ = Glibc.close(self.epoll) }

    /// Ends the present or the next `wait`; from any thread.
    func wake() { _ = eventfd_write(self.wakeup, 1) }

    /// A socket, edge triggered: each event is told once, with this tag. With `andOutput`, also when it takes bytes again.
    func add(_ descriptor: CInt, tag: UInt32, andOutput: Bool) -> Bool {
        let events = andOutput ? Self.inputEvents | lsk_writable : Self.inputEvents
        return lsk_add(self.epoll, descriptor, tag, events) == 0
    }

    /// The same socket, from now on also when it takes bytes again. What is true already is told once more.
    func addOutput(_ descriptor: CInt, tag: UInt32) -> Bool {
        lsk_modify(self.epoll, descriptor, tag, Self.inputEvents | lsk_writable) == 0
    }

    /// A listener that several loops may share: one of them is told of a connection, again and again until somebody accepts it.
    func addListener(_ descriptor: CInt) -> Bool { lsk_add(self.epoll, descriptor, 0, lsk_readable | lsk_exclusive) == 0 }

    func remove(_ descriptor: CInt) { _ = lsk_remove(self.epoll, descriptor) }

    /// Waits for events, `milliseconds` at the most (-1: for ever), and hands each on: descriptor, tag, what happened.
    func wait(milliseconds: CInt, _ handle: (CInt, UInt32, Events) -> Void) {
        let count = epoll_wait(self.epoll, &self.events, CInt(Self.batch), milliseconds)
        // Less than 0 after a signal: then nothing was told.
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = self.events[index]
            let descriptor = CInt(truncatingIfNeeded: event.data.u64)
            if descriptor != self.wakeup { handle(descriptor, UInt32(truncatingIfNeeded: event.data.u64 >> 32), event.events) }
        }
    }
}

extension SystemCallError {
    /// What has happened to a socket that nobody was told of; nil if it is well.
    static func pending(at descriptor: CInt) -> SystemCallError? {
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return SystemCallError("getsockopt") }
        return code == 0 ? nil : SystemCallError("connection", code: code)
    }
}
#endif
