#if os(Linux)
package import ByteStreams
package import TimeKeeping
import CLinuxSockets
import Glibc
import NIOConcurrencyHelpers
package import NIOCore
import ServerThreads
import Synchronization

/// One thread that serves sockets, around an epoll of its own.
///
/// NIO's loops serve any kind of channel; a socket costs them a dozen system calls from accept to close, and kilobytes in between. This
/// one knows one kind of connection, `SocketStream`, and asks of the kernel what that needs: a socket is registered once, edge triggered,
/// and not at all if it gets its response and is closed at once; all that a round of events has to say to a client goes out in one write
/// at the round's end.
///
/// `@unchecked Sendable`: `handed` has a lock, `threadID` is atomic, and everything else is used on the loop's own thread, once that runs.
package final class EpollLoop: StreamLoop, @unchecked Sendable {
    /// Work from other threads, and whether the loop sleeps and must be woken for it.
    private struct Handed: Sendable {
        var tasks: ContiguousArray<@Sendable () -> Void> = []
        var isAsleep = false
        /// Nothing is taken any more.
        var hasStopped = false
        /// Everything is closed.
        var hasEnded = false
        var whenEnded: [@Sendable () -> Void] = []
    }

    /// A stream on its way to another loop.
    private struct Departure: Sendable {
        let stream: SocketStream
        let target: EpollLoop
        /// What the next driver is to receive first.
        var unread: ByteBuffer
        let make: @Sendable (LoopContext) -> any StreamDriver

        @Sendable func arrive(on loop: EpollLoop) { self.stream.arrive(on: loop, unread: self.unread, self.make) }
    }

    private let handed = NIOLockedValueBox(Handed())
    private let threadID = Atomic<UInt>(0)

    // Of the loop's thread:
    private let poller: Poller
    private var tasks: ContiguousArray<@Sendable () -> Void> = []
    /// At least one tick of `LoopTimers` away when it is set.
    private var alarm: (deadline: NIODeadline, target: any LoopAlarm)?
    private var ownContext: LoopContext?
    private(set) var input: ReadBuffer
    private(set) var group: SocketLoops?
    private(set) var acceptor: Acceptor?
    /// By descriptor.
    private var streams: ContiguousArray<SocketStream?> = []
    /// Streams to look at again without the kernel's saying so.
    private var again: ContiguousArray<SocketStream> = []
    private var departures: ContiguousArray<Departure> = []
    /// Connections on their way, by tag.
    private var attempts: [UInt32: SocketAttempt] = [:]
    private var lastTag: UInt32 = 0
    private var isStopping = false
    /// Nothing is connected any more.
    private var isFinishing = false

    init(_ settings: TransportSettings) throws(SystemCallError) {
        self.poller = try Poller()
        self.input = ReadBuffer(first: settings.firstRead)
        self.ownContext = LoopContext(loop: self, clock: settings.clock, gatherSize: settings.gatherSize)
    }

    /// What the connections of this loop share.
    package var context: LoopContext {
        guard let context = self.ownContext else { preconditionFailure("a loop that has stopped was asked for its context") }
        return context
    }

    package var isCurrent: Bool { self.threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

    // MARK: - From any thread

    /// Begins; called once.
    func start(in group: SocketLoops) {
        self.group = group
        startThread {
            lsk_name_thread("event-loop")
            self.threadID.store(UInt(pthread_self()), ordering: .relaxed)
            self.run()
        }
    }

    /// After the loop's end this does nothing.
    package func execute(_ task: @escaping @Sendable () -> Void) { _ = self.hand(task) }

    /// False if the loop takes nothing any more; what it takes is run.
    func hand(_ task: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, mustWake) = self.handed.withLockedValue { handed in
            guard !handed.hasStopped else { return (false, false) }
            handed.tasks.append(task)
            defer { handed.isAsleep = false }
            return (true, handed.isAsleep)
        }
        if mustWake { self.poller.wake() }
        return isTaken
    }

    /// Closes what is open and ends the thread, once what was handed over before has run, and says when that is done.
    func stop(_ done: @escaping @Sendable () -> Void) {
        let hasEnded = self.handed.withLockedValue { handed in
            if !handed.hasEnded { handed.whenEnded.append(done) }
            return handed.hasEnded
        }
        if hasEnded { done() } else { self.execute { self.isStopping = true } }
    }

    // MARK: - The alarm, on the loop's thread

    package func setAlarm(after delay: TimeSpan, _ alarm: any LoopAlarm) {
        self.alarm = (.now() + .nanoseconds(delay.nanoseconds), alarm)
    }

    package func cancelAlarm() { self.alarm = nil }

    private func ringIfDue() {
        guard let alarm = self.alarm, alarm.deadline <= .now() else { return }
        self.alarm = nil
        alarm.target.ring()
    }

    /// Rounded up, so that the loop does not wake too early; -1 where there is no alarm.
    private var millisecondsToAlarm: CInt {
        guard let alarm = self.alarm else { return -1 }
        let nanoseconds = max(0, (alarm.deadline - .now()).nanoseconds)
        return CInt(clamping: (nanoseconds + 999_999) / 1_000_000)
    }

    // MARK: - The loop

    private func run() {
        while !self.isStopping {
            self.poller.wait(milliseconds: self.patience) { self.handle($0, tag: $1, $2) }
            self.lookAgain()
            self.ringIfDue()
            self.endRound()
        }
        self.handed.withLockedValue { $0.hasStopped = true }
        // What was taken until then: streams that others have passed on may be among it.
        self.endRound()
        self.finish()
    }

    private func endRound() {
        self.runTasks()
        self.depart()
        // Whoever got something in this round is sent all of it at once.
        self.context.flushTouched()
    }

    /// How long to wait for events. Before waiting for long, the loop says that it sleeps.
    private var patience: CInt {
        guard self.again.isEmpty, self.departures.isEmpty else { return 0 }
        let isIdle = self.handed.withLockedValue { handed in
            handed.isAsleep = handed.tasks.isEmpty
            return handed.isAsleep
        }
        return isIdle ? self.millisecondsToAlarm : 0
    }

    private func runTasks() {
        self.handed.withLockedValue { handed in
            handed.isAsleep = false
            swap(&handed.tasks, &self.tasks)
        }
        for task in self.tasks { task() }
        self.tasks.removeAll(keepingCapacity: self.tasks.count <= 1024)
    }

    private func handle(_ descriptor: CInt, tag: UInt32, _ events: Poller.Events) {
        if let stream = self.stream(descriptor) {
            // Otherwise the stream it was for is closed, by what was done for an event before it, and this one has its descriptor.
            if stream.tag == tag { stream.handle(events) }
            if self.context.isCrowded { self.context.flushTouched() }
        } else if let acceptor = self.acceptor, acceptor.descriptor == descriptor {
            acceptor.accept()
        } else {
            self.attempts[tag]?.handle(descriptor)
        }
    }

    private func lookAgain() {
        guard !self.again.isEmpty else { return }
        // Whoever wants a further look meanwhile gets it in the next round.
        var streams: ContiguousArray<SocketStream> = []
        swap(&streams, &self.again)
        for stream in streams { stream.lookAgain() }
    }

    /// Streams leave when nobody is at work on them any more: from here on they are the other thread's.
    private func depart() {
        guard !self.departures.isEmpty else { return }
        var leaving: ContiguousArray<Departure> = []
        swap(&leaving, &self.departures)
        for departure in leaving where !departure.target.hand({ departure.arrive(on: departure.target) }) {
            // That loop has ended, and this one will; until then the stream may as well stay.
            departure.arrive(on: self)
        }
    }

    /// Gives back everything. Called at the thread's end, or instead of starting it.
    func finish() {
        self.isFinishing = true
        for attempt in self.attempts.values { attempt.fail(.loopEnds) }
        self.stopAccepting()
        for stream in self.streams { stream?.close() }
        self.context.flushTouched()
        for departure in self.departures { departure.stream.abandon() }
        self.departures = []
        self.streams = []
        self.again = []
        self.context.stop()
        self.group = nil
        // It holds the loop, as the loop holds it.
        self.ownContext = nil
        self.poller.close()
        while let last = self.lastWork() {
            for body in last { body() }
        }
    }

    /// Nil once there is none; from then on the loop has ended.
    private func lastWork() -> [@Sendable () -> Void]? {
        self.handed.withLockedValue { handed in
            guard handed.whenEnded.isEmpty else {
                defer { handed.whenEnded = [] }
                return handed.whenEnded
            }
            // The system gives threads' names anew.
            self.threadID.store(0, ordering: .relaxed)
            handed.hasStopped = true
            handed.hasEnded = true
            return nil
        }
    }

    // MARK: - Streams and listeners, on the loop's thread

    private func stream(_ descriptor: CInt) -> SocketStream? {
        let index = Int(descriptor)
        return index < self.streams.count ? self.streams[index] : nil
    }

    func insert(_ stream: SocketStream) {
        let index = Int(stream.descriptor)
        while index >= self.streams.count { self.streams.append(nil) }
        self.streams[index] = stream
    }

    func remove(_ stream: SocketStream) { self.streams[Int(stream.descriptor)] = nil }

    func watch(_ stream: SocketStream, andOutput: Bool) -> Bool {
        stream.tag = self.nextTag()
        return self.poller.add(stream.descriptor, tag: stream.tag, andOutput: andOutput)
    }
    func watchOutput(_ stream: SocketStream) -> Bool { self.poller.addOutput(stream.descriptor, tag: stream.tag) }
    func unwatch(_ stream: SocketStream) { self.poller.remove(stream.descriptor) }
    private func nextTag() -> UInt32 {
        self.lastTag &+= 1
        return self.lastTag
    }

    /// Looks at the stream again in the next round.
    func lookAgain(at stream: SocketStream) { self.again.append(stream) }
    func forgetLook(at stream: SocketStream) { self.again.removeAll { $0 === stream } }

    /// Passes a stream on at the end of the round; it arrives on that loop, or on this one if that one takes nothing any more.
    func passOn(
        _ stream: SocketStream, to target: EpollLoop, unread: ByteBuffer, _ make: @escaping @Sendable (LoopContext) -> any StreamDriver
    ) {
        // Its own copy: the bytes are those of this loop's read buffer.
        let kept = unread.readableBytes == 0 ? ByteBuffer() : ByteBuffer(bytes: unread.readableBytesView)
        self.departures.append(Departure(stream: stream, target: target, unread: kept, make: make))
    }

    /// Further bytes go along with a stream that is about to leave; without effect on one that is not.
    func passOn(_ unread: ByteBuffer, with stream: SocketStream) {
        guard let index = self.departures.lastIndex(where: { $0.stream === stream }) else { return }
        self.departures[index].unread.writeImmutableBuffer(unread)
    }

    package func connect(
        to address: SocketAddress, within limit: TimeSpan, tls: (any ClientTLS)?, driver: any StreamDriver
    ) -> any ConnectAttempt {
        let attempt = SocketAttempt(to: address, within: limit, driver: self.isFinishing ? nil : driver, loop: self, tag: self.nextTag())
        guard !self.isFinishing else { return attempt }
        self.attempts[attempt.tag] = attempt
        attempt.begin(tls)
        return attempt
    }
    func watch(_ descriptor: CInt, tag: UInt32) -> Bool { self.poller.add(descriptor, tag: tag, andOutput: true) }
    func unwatch(_ descriptor: CInt) { self.poller.remove(descriptor) }
    func remove(_ attempt: SocketAttempt) { self.attempts[attempt.tag] = nil }

    func accept(with acceptor: Acceptor) throws(SystemCallError) {
        guard self.watchListener(acceptor.descriptor) else { throw SystemCallError("epoll_ctl") }
        self.acceptor = acceptor
    }
    func stopAccepting() {
        self.acceptor.take()?.stop()
    }
    func watchListener(_ descriptor: CInt) -> Bool { self.poller.addListener(descriptor) }
    func unwatchListener(_ descriptor: CInt) { self.poller.remove(descriptor) }

    func read(_ descriptor: CInt) -> ReadBuffer.Outcome { self.input.read(descriptor) }
}
#endif
