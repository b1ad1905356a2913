#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Drives all connections of a run on the thread that calls it.
package final class RawLoop {
    /// Where connections go that name no other server.
    package let server: ServerAddress
    package var client: (any RawClient)?
    /// When the events at hand were seen.
    package private(set) var now = MonotonicClock.now
    package internal(set) var dialled = 0
    /// Nanoseconds from one `tick` to the next.
    package var tickInterval: UInt64 = 50_000_000

    let poller: any Poller
    var connections: [RawConnection?] = []
    private var events: [PollEvent] = []
    private var failure: (any Error)?
    private let buffer: UnsafeMutableRawBufferPointer

    package init(server: ServerAddress, poller: (any Poller)? = nil) throws(RawFailure) {
        self.server = server
        if let poller {
            self.poller = poller
        } else {
            #if os(Linux)
            self.poller = try EpollPoller()
            #else
            self.poller = PollPoller()
            #endif
        }
        self.buffer = .allocate(byteCount: 256 << 10, alignment: 64)
    }

    deinit { self.buffer.deallocate() }

    /// Runs until the deadline, or until `tick` says that it is over.
    package func run(until deadline: UInt64, tick: () throws -> Bool = { false }) throws {
        var lastTick: UInt64 = 0
        let wait = Int32(min(20, self.tickInterval / 1_000_000))
        while true {
            self.poller.wait(milliseconds: wait, into: &self.events)
            for index in self.events.indices {
                let event = self.events[index]
                guard let connection = self.connections[Int(event.tag & 0xFFFF_FFFF)], connection.tag == event.tag else { continue }
                self.now = MonotonicClock.now
                if event.isWritable { self.flush(connection) }
                if event.isReadable, connection.isOpen { self.read(connection) }
            }
            self.now = MonotonicClock.now
            if let failure { throw failure }
            if self.now >= deadline { return }
            if self.now - lastTick >= self.tickInterval {
                lastTick = self.now
                if try tick() { return }
            }
        }
    }

    package func run(seconds: Double, tick: () throws -> Bool = { false }) throws {
        try self.run(until: MonotonicClock.now + UInt64(seconds * 1e9), tick: tick)
    }

    /// Ends the run: it makes no sense to go on.
    package func stop(_ failure: any Error) { self.failure = self.failure ?? failure }

    package func close(_ connection: RawConnection) {
        guard connection.isOpen else { return }
        connection.isOpen = false
        self.poller.remove(connection.descriptor)
        self.connections[Int(connection.descriptor)] = nil
        SystemCalls.closeSocket(connection.descriptor)
    }

    private func read(_ connection: RawConnection) {
        // `buffer` is allocated with this size and lives as long as the loop.
        let count = recv(connection.descriptor, self.buffer.baseAddress, self.buffer.count, 0)
        guard count > 0 else {
            let number = errno
            if count < 0, number == EAGAIN || number == EINTR { return }
            let error = count < 0 ? number : connection.writeError
            return self.end(connection, error.map { .error($0) } ?? .endOfStream)
        }
        let fresh = UnsafeRawBufferPointer(rebasing: self.buffer[..<count])
        if connection.unread.isEmpty {
            let used = self.take(fresh, connection)
            if connection.isOpen, used < count { connection.unread.append(contentsOf: fresh[used...]) }
        } else {
            // Taken out while it is read, so that nothing else can hold it.
            var bytes = connection.unread
            connection.unread = []
            bytes.append(contentsOf: fresh)
            bytes.removeFirst(bytes.withUnsafeBytes { self.take($0, connection) })
            if connection.isOpen { connection.unread = bytes }
        }
        if connection.isOpen { self.client?.readEnded(connection) }
    }

    func end(_ connection: RawConnection, _ end: RawConnection.End) {
        self.close(connection)
        self.client?.ended(connection, end)
    }
}
