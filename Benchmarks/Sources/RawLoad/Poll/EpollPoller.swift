#if os(Linux)
import CLinux

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// epoll(7), level-triggered: what a wait costs does not depend on how many connections are silent.
package final class EpollPoller: Poller {
    private let epoll: Int32
    private var ready = [epoll_event](repeating: epoll_event(), count: 1024)
    private static let reading = EPOLLIN.rawValue
    private static let writing = EPOLLOUT.rawValue

    package init() throws(RawFailure) {
        self.epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        if self.epoll < 0 { throw .system("epoll_create1", errno) }
    }

    deinit { close(self.epoll) }

    package func add(_ descriptor: Int32, tag: UInt64) throws(RawFailure) {
        var event = epoll_event(events: Self.reading, data: epoll_data_t(u64: tag))
        if epoll_ctl(self.epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 { throw .system("epoll_ctl", errno) }
    }

    package func watchWriting(_ descriptor: Int32, tag: UInt64, _ isWanted: Bool) {
        var event = epoll_event(events: Self.reading | (isWanted ? Self.writing : 0), data: epoll_data_t(u64: tag))
        epoll_ctl(self.epoll, EPOLL_CTL_MOD, descriptor, &event)
    }

    /// Closing does it.
    package func remove(_ descriptor: Int32) {}

    package func wait(milliseconds: Int32, into events: inout [PollEvent]) {
        events.removeAll(keepingCapacity: true)
        let count = epoll_wait(self.epoll, &self.ready, Int32(self.ready.count), milliseconds)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = self.ready[index]
            events.append(
                PollEvent(
                    tag: event.data.u64, isReadable: event.events & ~Self.writing != 0, isWritable: event.events & Self.writing != 0))
        }
    }
}
#endif
