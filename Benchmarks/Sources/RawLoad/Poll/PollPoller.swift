#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// poll(2), for systems without epoll: each wait looks at every connection, so it is for hundreds, not for thousands.
package final class PollPoller: Poller {
    private var polled: [pollfd] = []
    private var tags: [UInt64] = []
    /// Where each descriptor stands in the arrays.
    private var places: [Int32: Int] = [:]

    package init() {}

    package func add(_ descriptor: Int32, tag: UInt64) {
        self.places[descriptor] = self.polled.count
        self.polled.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        self.tags.append(tag)
    }

    package func watchWriting(_ descriptor: Int32, tag: UInt64, _ isWanted: Bool) {
        guard let place = self.places[descriptor] else { return }
        self.polled[place].events = Int16(POLLIN) | (isWanted ? Int16(POLLOUT) : 0)
    }

    package func remove(_ descriptor: Int32) {
        guard let place = self.places.removeValue(forKey: descriptor) else { return }
        self.polled.swapAt(place, self.polled.count - 1)
        self.tags.swapAt(place, self.tags.count - 1)
        self.polled.removeLast()
        self.tags.removeLast()
        if place < self.polled.count { self.places[self.polled[place].fd] = place }
    }

    package func wait(milliseconds: Int32, into events: inout [PollEvent]) {
        events.removeAll(keepingCapacity: true)
        guard poll(&self.polled, nfds_t(self.polled.count), milliseconds) > 0 else { return }
        let writing = Int16(POLLOUT)
        for (entry, tag) in zip(self.polled, self.tags) where entry.revents != 0 {
            events.append(PollEvent(tag: tag, isReadable: entry.revents & ~writing != 0, isWritable: entry.revents & writing != 0))
        }
    }
}
