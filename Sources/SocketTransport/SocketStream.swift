#if os(Linux)
package import ByteStreams
package import NetworkAddresses
import CLinuxSockets
import Glibc
package import NIOCore

/// A connected TCP socket on an `EpollLoop`.
///
/// `@unchecked Sendable`: a stream belongs to one loop at a time and is touched on that one's thread only. It passes to another through
/// the queue of handed tasks, whose lock puts all that was done before it ahead of all that is done after.
package final class SocketStream: @unchecked Sendable {
    let descriptor: CInt
    /// What the kernel's events for this stream carry: descriptors are used anew at once, also between an event and its handling.
    var tag: UInt32 = 0
    package let peer: ClientAddress
    /// Who counts it; nil if it was opened from here.
    private let policy: AcceptPolicy?

    private var loop: EpollLoop
    private var driver: (any StreamDriver)?
    /// What was written and the socket has not taken.
    private(set) var output = ByteBuffer()

    private struct Flags: OptionSet {
        let rawValue: UInt16
        /// The kernel tells the loop of events.
        static let isWatched = Flags(rawValue: 1)
        /// Also of space for output. From the first time that was needed on: an edge more costs nothing.
        static let isOutputWatched = Flags(rawValue: 1 << 1)
        /// The socket took less than it was given; an event comes when it takes more.
        static let isBlocked = Flags(rawValue: 1 << 2)
        /// There may be input: an event said so, and no read has found the end of it since.
        static let hasInput = Flags(rawValue: 1 << 3)
        static let isPaused = Flags(rawValue: 1 << 4)
        /// The other side has ended, or the connection is broken: what the kernel still has is all that comes.
        static let isEnding = Flags(rawValue: 1 << 5)
        static let isToLookAgain = Flags(rawValue: 1 << 6)
        static let closesOutputWhenSent = Flags(rawValue: 1 << 7)
        static let hasClosedOutput = Flags(rawValue: 1 << 8)
        static let closesWhenSent = Flags(rawValue: 1 << 9)
        /// The driver is to be told that what was there has been handed on.
        static let owesCompletion = Flags(rawValue: 1 << 10)
        /// The other side has ended its direction, and the driver wants the stream to stay open.
        static let staysOpen = Flags(rawValue: 1 << 12)
        /// `readAll` is at work on it.
        static let isBeingRead = Flags(rawValue: 1 << 11)
    }
    private var flags: Flags = [.hasInput]
    /// Why a write failed.
    private var failure: SystemCallError?

    /// Bytes that may wait for the socket before the stream is called behind.
    private static let mostWaiting = 64 * 1024
    /// Bytes read of one stream before it is others' turn: a read's worth, or several small ones.
    private static let mostInARow = 64 * 1024

    init(_ descriptor: CInt, peer: ClientAddress, policy: AcceptPolicy?, loop: EpollLoop) {
        self.descriptor = descriptor
        self.peer = peer
        self.policy = policy
        self.loop = loop
    }

    // MARK: - For its loop

    /// The connection begins. Most clients send their request along, so it is read for before the kernel is asked to tell of it.
    func begin(_ driver: any StreamDriver) {
        self.loop.insert(self)
        self.goOn(with: driver, unread: ByteBuffer())
        self.readAll()
        self.watch()
    }

    func handle(_ events: Poller.Events) {
        if events & lsk_ended != 0 { self.flags.insert(.isEnding) }
        if events & lsk_writable != 0, self.flags.contains(.isBlocked) {
            self.flags.remove(.isBlocked)
            let wasWritable = self.isWritable
            self.send()
            if !wasWritable, self.isWritable { self.driver?.becameWritable() }
        }
        if events & (lsk_readable | lsk_ended) != 0 {
            self.flags.insert(.hasInput)
            self.readAll()
        }
    }

    /// Asked for by `lookAgain(at:)`, in the round before.
    func lookAgain() {
        self.flags.remove(.isToLookAgain)
        self.readAll()
    }

    private func watch() {
        guard self.driver != nil, !self.flags.contains(.isWatched) else { return }
        // Registering looks for events too: nothing that came meanwhile is missed.
        if self.loop.watch(self, andOutput: false) { self.flags.insert(.isWatched) } else { self.end(SystemCallError("epoll_ctl")) }
    }

    // MARK: - Input

    private func readAll() {
        guard self.driver != nil else { return }
        let loop = self.loop
        var count = 0
        self.flags.insert(.isBeingRead)
        defer { self.flags.remove(.isBeingRead) }
        while self.flags.contains(.hasInput), self.isReading || self.flags.contains(.isEnding) {
            guard count < Self.mostInARow else {
                self.askForAnotherLook()
                break
            }
            switch loop.read(self.descriptor) {
            case .bytes(let isAll):
                // At the end a read that finds nothing more has to say what the end was.
                if isAll, !self.flags.contains(.isEnding) { self.flags.remove(.hasInput) }
                self.flags.insert(.owesCompletion)
                count += loop.input.bytes.readableBytes
                self.driver?.received(loop.input.bytes)
            case .nothing:
                self.flags.remove(.hasInput)
                if let failure = self.failure { return self.endOfInput(failure) }
                self.flags.remove(.isEnding)
            case .end where self.flags.contains(.staysOpen) && self.failure == nil:
                self.flags.subtract([.hasInput, .isEnding])
                // Behind the end a read does not tell whether the connection is broken.
                if let error = SystemCallError.pending(at: self.descriptor) { return self.end(error) }
            case .end:
                return self.endOfInput(self.failure)
            case .failed(let error):
                return self.endOfInput(self.failure ?? error)
            }
            // The driver may have closed the stream, or passed it on to another loop.
            guard self.driver != nil else { return }
        }
        self.complete()
    }

    private func endOfInput(_ error: SystemCallError?) {
        self.complete()
        if error == nil, self.driver?.inputEnded() == true {
            self.flags.insert(.staysOpen)
            // Otherwise a write has failed meanwhile, which the next look ends the stream for.
            if self.failure == nil { self.flags.subtract([.hasInput, .isEnding]) }
            return
        }
        guard error == nil, self.output.readableBytes > 0, self.driver?.outlivesInput == true else { return self.end(error) }
        self.flags.subtract([.hasInput, .isEnding])
        self.closeWhenSent()
    }

    /// The driver may hand over to another when it is told, which is to be told as well.
    private func complete() {
        while self.flags.contains(.owesCompletion), let driver = self.driver {
            self.flags.remove(.owesCompletion)
            driver.readCompleted()
        }
    }

    private func askForAnotherLook() {
        guard !self.flags.contains(.isToLookAgain) else { return }
        self.flags.insert(.isToLookAgain)
        self.loop.lookAgain(at: self)
    }

    // MARK: - Output

    private func send() {
        guard !self.flags.contains(.isBlocked) else { return }
        while self.output.readableBytes > 0 {
            let count = self.output.withUnsafeReadableBytes { lsk_send(self.descriptor, $0.baseAddress, $0.count) }
            if count == self.output.readableBytes {
                self.loop.context.recycle(&self.output)
                self.output = ByteBuffer()
            } else if count >= 0 {
                self.output.moveReaderIndex(forwardBy: count)
                return self.waitForSpace()
            } else if errno == EAGAIN {
                return self.waitForSpace()
            } else if errno != EINTR {
                return self.fail(SystemCallError("send"))
            }
        }
        if self.flags.contains(.closesWhenSent) {
            self.end(nil)
        } else if self.flags.contains(.closesOutputWhenSent), !self.flags.contains(.hasClosedOutput) {
            self.flags.insert(.hasClosedOutput)
            if shutdown(self.descriptor, CInt(SHUT_WR)) != 0 { self.end(nil) }
        }
    }

    private func waitForSpace() {
        self.flags.insert(.isBlocked)
        guard !self.flags.contains(.isOutputWatched) else { return }
        // Space that came meanwhile is told of as well.
        let isWatched = self.flags.contains(.isWatched) ? self.loop.watchOutput(self) : self.loop.watch(self, andOutput: true)
        guard isWatched else { return self.fail(SystemCallError("epoll_ctl")) }
        self.flags.formUnion([.isWatched, .isOutputWatched])
    }

    /// Nothing goes out any more. What had come in before is handed on first, and the driver is not to be ended within its own call.
    private func fail(_ error: SystemCallError) {
        self.failure = error
        self.output = ByteBuffer()
        self.flags.formUnion([.isEnding, .hasInput])
        self.askForAnotherLook()
    }

    // MARK: - The end

    private func end(_ error: SystemCallError?) {
        guard let driver = self.driver else { return }
        self.driver = nil
        self.output = ByteBuffer()
        self.loop.remove(self)
        // This takes it out of the epoll too.
        _ = Glibc.close(self.descriptor)
        driver.ended(error)
        self.policy?.closed(by: self.peer)
    }

    /// For a stream between two drivers, when the loops end.
    func abandon() {
        _ = Glibc.close(self.descriptor)
        self.policy?.closed(by: self.peer)
    }
}

extension SocketStream: ByteStream {
    package var isWritable: Bool { self.output.readableBytes <= Self.mostWaiting && self.failure == nil && self.driver != nil }

    package var unsentBytes: Int { self.output.readableBytes }

    package var isReading: Bool {
        get { !self.flags.contains(.isPaused) }
        set {
            if newValue {
                self.flags.remove(.isPaused)
                if self.flags.contains(.hasInput) { self.askForAnotherLook() }
            } else {
                self.flags.insert(.isPaused)
            }
        }
    }

    package func write(_ bytes: ByteBuffer) {
        guard self.driver != nil, self.failure == nil, self.flags.isDisjoint(with: [.closesOutputWhenSent, .closesWhenSent]) else { return }
        if self.output.readableBytes == 0 {
            self.output = bytes
        } else {
            // A client that is never sent all of it would otherwise make the storage keep whatever went through.
            if self.output.readerIndex >= Self.mostWaiting { self.output.discardReadBytes() }
            self.output.writeImmutableBuffer(bytes)
        }
    }

    package func flush() {
        if self.driver != nil { self.send() }
    }

    package func closeOutput() {
        self.flags.insert(.closesOutputWhenSent)
        self.flush()
    }

    package func closeWhenSent() {
        self.flags.insert(.closesWhenSent)
        self.flush()
    }

    package func close() { self.end(nil) }

    package func handOver(key: UInt64?, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        guard self.driver != nil else { return }
        let target = key.flatMap { self.loop.group?.loop(for: $0) } ?? self.loop
        guard target !== self.loop else {
            self.goOn(with: make(self.loop.context), unread: unread)
            // The new driver may have passed the stream on to another loop: then this one is not to look at it any more.
            if self.driver != nil, !self.flags.contains(.isBeingRead) { self.askForAnotherLook() }
            return
        }
        self.driver = nil
        self.loop.remove(self)
        if self.flags.contains(.isToLookAgain) { self.loop.forgetLook(at: self) }
        if self.flags.contains(.isWatched) { self.loop.unwatch(self) }
        // Whatever the kernel has told of it is asked for again over there.
        self.flags.subtract([.isWatched, .isOutputWatched, .isToLookAgain])
        self.flags.insert(.hasInput)
        // Not at once: whoever led here is still at work on the stream.
        self.loop.passOn(self, to: target, unread: unread, make)
    }

    func arrive(on loop: EpollLoop, unread: ByteBuffer, _ make: (LoopContext) -> any StreamDriver) {
        self.loop = loop
        loop.insert(self)
        if self.flags.contains(.isBlocked) {
            // Nobody told of space meanwhile.
            self.flags.remove(.isBlocked)
            self.send()
        }
        self.goOn(with: make(loop.context), unread: unread)
        // The end may be due, if that was the last of the output.
        if !self.flags.isDisjoint(with: [.closesOutputWhenSent, .closesWhenSent]) { self.flush() }
        self.readAll()
        self.watch()
    }

    private func goOn(with driver: any StreamDriver, unread: ByteBuffer) {
        self.driver = driver
        self.flags.insert(.owesCompletion)
        driver.opened(on: self)
        guard unread.readableBytes > 0 else { return }
        // That may have ended the stream, or passed it on.
        if let driver = self.driver { driver.received(unread) } else { self.loop.passOn(unread, with: self) }
    }
}
#endif
