package import ByteStreams
import NIOCore
package import TimeKeeping

/// A client's connection whose home is another node: what comes from either is written to the other, until both have ended.
///
/// It holds next to nothing. What one end sends is the other stream's at once, and while that is behind, the first is not read: the rest is
/// TCP's. What had come in of an end that has ended, or broken, is the exception: streams hand that on though they are paused.
///
/// `@unchecked Sendable`, for `HTTPUpgrade`: everything is used on the context's loop only, on which both streams are and stay.
package final class PassThrough: @unchecked Sendable {
    package enum Ending: Sendable {
        case closed
        case broken(any Error)
        /// Nothing came from the home any more, or a client took nothing.
        case silent
        /// One end has sent more before it ended than is kept for the other.
        case tooMuchWaits
        case aborted
    }

    package struct Summary: Sendable {
        package var ending: Ending
        package var bytesFromClient: Int
        package var bytesFromHome: Int
    }

    package enum Side { case client, home }

    private enum Presence { case awaited, open, over }

    private struct End {
        var presence = Presence.awaited
        var stream: (any ByteStream)?
        /// What came of it before the other was there.
        var early = ByteBuffer()
        var inputHasEnded = false
        var received = 0
    }

    private let homePlace: String
    private let context: LoopContext
    private let settings: PassThroughSettings
    private var whenOver: ((Summary) -> Void)?
    private var client = End()
    private var home = End()
    private var failure: (any Error)?
    private var isOver = false
    package var place = ConnectionPlace()

    private var timer: ExpiryToken?
    /// When something last came from the home; while it is not read, when the client last took something.
    private var lastSign: MonotonicTime
    /// What waited for the client, or for whoever is left, when that was looked at last.
    private var unsentBefore = 0

    /// Bytes of one side that may wait for the other. Without an end it is what makes a stream be behind, and a read. Of a home that has ended
    /// it may be all that the system had taken; of a client, whom nobody has counted that memory for, as much as a WebSocket connection
    /// keeps uncounted.
    static func mostWaiting(of side: Side) -> Int { side == .home ? 8 * 1024 * 1024 : 256 * 1024 }
    /// How long the end that is left has to read what it was sent and to end, from then on when it has all been sent.
    static let lingerTime = TimeSpan.seconds(2)
    /// How often `silence` a client may take nothing while its home is not read for its sake. Its home notices far sooner.
    private static let silencesOfClient: Int64 = 4

    /// `whenOver` is called once.
    package init(
        to place: String = "", context: LoopContext, settings: PassThroughSettings, whenOver: @escaping (Summary) -> Void
    ) {
        self.homePlace = place
        self.context = context
        self.settings = settings
        self.whenOver = whenOver
        self.lastSign = context.clock.now()
        self.timer = context.timers.schedule(self, at: self.lastSign + settings.silence)
    }

    /// Who is to drive the stream of this side; once for each.
    package func driver(for side: Side) -> any StreamDriver { PassedStream(side, of: self) }

    private subscript(side: Side) -> End {
        get { side == .client ? self.client : self.home }
        set { if side == .client { self.client = newValue } else { self.home = newValue } }
    }

    // MARK: - Copying

    fileprivate func opened(_ side: Side, on stream: any ByteStream) {
        guard !self.isOver else { return stream.abort() }
        self[side].presence = .open
        self[side].stream = stream
        if side == .client { self.context.connections.insert(self) }
        let other = self[side.other]
        switch other.presence {
        case .awaited:
            stream.isReading = false
            // A response to the upgrade may be in there.
            stream.flush()
        case .open, .over:
            self[side.other].early = ByteBuffer()
            self.heardAnew()
            stream.isReading = other.presence == .over || other.stream?.isWritable == true
            self.pass(other.early, from: side.other)
            if self.isOver { return }
            if other.presence == .over { self.linger(side) } else if other.inputHasEnded { stream.closeOutput() }
        }
    }

    fileprivate func received(_ bytes: ByteBuffer, from side: Side) {
        guard !self.isOver else { return }
        self[side].received += bytes.readableBytes
        if side == .home { self.lastSign = self.context.clock.now() }
        guard self[side.other].presence == .awaited else { return self.pass(bytes, from: side) }
        guard self[side].early.readableBytes + bytes.readableBytes <= Self.mostWaiting(of: side) else { return self.finish(.tooMuchWaits) }
        self[side].early.writeImmutableBuffer(bytes)
    }

    /// What is for an end that is over is dropped: it was read for the sake of the end alone.
    private func pass(_ bytes: ByteBuffer, from side: Side) {
        guard let target = self[side.other].stream else { return }
        target.write(bytes)
        // At once: what the socket takes, nobody has to keep, and the loop has its buffer back.
        target.flush()
        guard target.unsentBytes <= Self.mostWaiting(of: side) else { return self.finish(.tooMuchWaits) }
        self.updateReading(of: side)
    }

    /// Looked at behind every flush, too: a stream that is behind and takes all within that says so to nobody.
    private func updateReading(of side: Side) {
        guard let stream = self[side].stream, let target = self[side.other].stream, stream.isReading != target.isWritable else { return }
        stream.isReading = target.isWritable
        // Time in which it was not read is not silence.
        if side == .home { self.heardAnew() }
    }

    fileprivate func becameWritable(_ side: Side) {
        self.updateReading(of: side.other)
    }

    // MARK: - The end

    /// True if the stream is to stay open for what the other end sends yet.
    fileprivate func inputEnded(_ side: Side) -> Bool {
        guard !self.isOver else { return false }
        self[side].inputHasEnded = true
        let other = self[side.other]
        switch other.presence {
        case .awaited: return true
        case .over: return false
        case .open:
            guard !other.inputHasEnded else {
                // Of both all has been read, so that nothing resets the connections.
                other.stream?.closeWhenSent()
                return false
            }
            other.stream?.closeOutput()
            return true
        }
    }

    fileprivate func ended(_ side: Side, _ error: (any Error)?) {
        self[side].presence = .over
        self[side].stream = nil
        guard !self.isOver else { return }
        // One that had ended its direction, and has gone since, breaks when it is sent something.
        let isBroken = error != nil && !self[side].inputHasEnded
        if isBroken { self.failure = self.failure ?? error }
        switch self[side.other].presence {
        case .awaited: break
        case .over: self.finish(self.failure.map { .broken($0) } ?? .closed)
        case .open where isBroken: self.breakOff(side.other)
        case .open: self.linger(side.other)
        }
    }

    /// What is on its way to this end still reaches it.
    private func breakOff(_ side: Side) {
        guard let stream = self[side].stream else { return }
        self.watchLast(stream)
        if stream.unsentBytes > 0 { stream.closeWhenSent() } else { stream.abort() }
    }

    /// The other end is over. This one reads what is on its way to it, and ends; were it closed with input unread, that could be lost.
    private func linger(_ side: Side) {
        guard let stream = self[side].stream else { return }
        self.watchLast(stream)
        if self[side].inputHasEnded { return stream.closeWhenSent() }
        stream.isReading = true
        stream.closeOutput()
    }

    private func watchLast(_ stream: any ByteStream) {
        self.unsentBefore = stream.unsentBytes
        self.lastSign = self.context.clock.now()
        self.schedule(at: self.lastSign + Self.lingerTime)
    }

    private func finish(_ ending: Ending) {
        guard !self.isOver else { return }
        self.isOver = true
        if let timer = self.timer.take() { self.context.timers.cancel(timer) }
        self.context.connections.remove(self)
        for side in [Side.client, .home] {
            self[side].early = ByteBuffer()
            self[side].stream?.abort()
        }
        self.whenOver.take()?(Summary(ending: ending, bytesFromClient: self.client.received, bytesFromHome: self.home.received))
    }

    // MARK: - Time

    private func heardAnew() {
        self.lastSign = self.context.clock.now()
        self.unsentBefore = self.client.stream?.unsentBytes ?? 0
    }

    private func schedule(at deadline: MonotonicTime) {
        if let timer = self.timer, self.context.timers.reschedule(timer, at: deadline) { return }
        self.timer = self.context.timers.schedule(self, at: deadline)
    }
}

extension PassThrough: DeadlineTarget {
    package func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        if let left = self.left { return self.lookAtLast(left, now) }
        var limit = self.settings.silence
        if let client = self.client.stream, self.home.stream?.isReading == false {
            if client.unsentBytes < self.unsentBefore { self.lastSign = now }
            self.unsentBefore = client.unsentBytes
            limit = limit * Self.silencesOfClient
        }
        guard now < self.lastSign + limit else { return self.finish(.silent) }
        self.schedule(at: min(self.lastSign + limit, now + self.settings.silence))
    }

    /// The stream of the one end, once the other is over.
    private var left: (any ByteStream)? {
        if self.client.presence == .over { return self.home.stream }
        return self.home.presence == .over ? self.client.stream : nil
    }

    private func lookAtLast(_ stream: any ByteStream, _ now: MonotonicTime) {
        let unsent = stream.unsentBytes
        if unsent == 0, self.unsentBefore == 0 {
            stream.close()
            return
        }
        if unsent < self.unsentBefore { self.lastSign = now }
        self.unsentBefore = unsent
        guard now < self.lastSign + self.settings.silence else { return self.finish(.silent) }
        self.schedule(at: now + Self.lingerTime)
    }
}

extension PassThrough: DrainableConnection {
    package var passing: Passing? { .to(self.homePlace) }

    package func announceDrain(reconnectAfterMilliseconds: Int) {}

    /// Nothing: what is said at the end is its home's to say, which learns that this server drains.
    package func drain() {}

    package func abort() { self.finish(.aborted) }
}

extension PassThrough.Side {
    fileprivate var other: Self { self == .client ? .home : .client }
}

/// One of the two streams, as its transport sees who drives it. A stream holds it, and it holds what it is a part of.
private final class PassedStream: StreamDriver {
    private let side: PassThrough.Side
    private let whole: PassThrough

    init(_ side: PassThrough.Side, of whole: PassThrough) {
        self.side = side
        self.whole = whole
    }

    func opened(on stream: any ByteStream) { self.whole.opened(self.side, on: stream) }
    func received(_ bytes: ByteBuffer) { self.whole.received(bytes, from: self.side) }
    func readCompleted() {}
    func becameWritable() { self.whole.becameWritable(self.side) }
    var outlivesInput: Bool { true }
    func inputEnded() -> Bool { self.whole.inputEnded(self.side) }
    func ended(_ error: (any Error)?) { self.whole.ended(self.side, error) }
}
