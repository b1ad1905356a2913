import ByteStreams
import NIOCore
import NetworkAddresses
import Testing

/// Notes what it is told, and does what a test has told it to do then. It is told nothing that the contract of `StreamDriver` excludes.
///
/// `@unchecked Sendable`: it is touched on its loop only; `run` goes there.
final class ScriptedDriver: StreamDriver, @unchecked Sendable {
    private enum Phase { case made, open, over }

    /// Counted from 1, in the order in which drivers were made.
    let number: Int
    let context: LoopContext
    let journal: Journal
    /// Until it ends or is handed over.
    private(set) var stream: WatchedStream?
    private var phase = Phase.made
    private var isInCall = false

    var onOpened: (ScriptedDriver) -> Void = { _ in }
    var onReceived: (ScriptedDriver, ByteBuffer) -> Void = { _, _ in }
    var onCompleted: (ScriptedDriver) -> Void = { _ in }
    var onWritable: (ScriptedDriver) -> Void = { _ in }
    var onEnded: (ScriptedDriver) -> Void = { _ in }
    var outlivesInput = false
    var staysOpenBehindInput = false
    /// What is to become its stream, if that is one that was opened from here.
    var attempt: (any ConnectAttempt)?
    /// Whose connection it was told that this is.
    private(set) var client: ClientAddress?
    /// What it was ended with.
    private(set) var failure: (any Error)?
    /// What it was given, kept as it came.
    var kept: [ByteBuffer] = []

    init(number: Int, context: LoopContext, journal: Journal) {
        self.number = number
        self.context = context
        self.journal = journal
    }

    // MARK: - StreamDriver

    func opened(on stream: any ByteStream) {
        #expect(self.phase == .made)
        self.phase = .open
        self.stream = WatchedStream(stream)
        self.call(.opened) { self.onOpened(self) }
    }

    func identified(as client: ClientAddress) {
        #expect(self.phase == .open && !self.isInCall && self.journal.pages.received(self.number) == 0)
        self.client = client
    }

    func received(_ bytes: ByteBuffer) {
        #expect(bytes.readableBytes > 0)
        self.call(.received, bytes) { self.onReceived(self, bytes) }
    }

    func readCompleted() { self.call(.completed) { self.onCompleted(self) } }

    func becameWritable() {
        #expect(self.stream?.isWritable == true)
        self.call(.writable) { self.onWritable(self) }
    }

    func inputEnded() -> Bool {
        #expect(self.phase == .open && !self.isInCall)
        if self.staysOpenBehindInput { self.journal.note(self.number, .inputEnded) }
        return self.staysOpenBehindInput
    }

    func ended(_ error: (any Error)?) {
        #expect(self.phase == .open || self.phase == .made && error is ConnectError)
        #expect(self.context.loop.isCurrent)
        self.failure = error
        switch self.stream?.calls.last {
        case nil: #expect(!self.isInCall, "driver \(self.number) was ended from within a call of its own that does not close")
        case .close, .closeOutput, .closeWhenSent: break
        case let call?: Issue.record("driver \(self.number) was ended from within \(call)")
        }
        self.phase = .over
        self.journal.note(self.number, .ended(failed: error != nil))
        self.onEnded(self)
        self.stream = nil
    }

    private func call(_ event: Journal.Event, _ bytes: ByteBuffer = ByteBuffer(), _ body: () -> Void) {
        #expect(self.context.loop.isCurrent)
        #expect(self.phase == .open, "driver \(self.number) heard \(event) though it was \(self.phase)")
        #expect(!self.isInCall, "driver \(self.number) heard \(event) from within a call of its own")
        self.journal.note(self.number, event, bytes)
        self.act { _ in body() }
    }

    // MARK: - For scripts and tests

    func send(_ text: String) { self.send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) {
        self.stream?.write(bytes)
        self.stream?.flush()
    }

    /// Writes until the stream is behind.
    func fill(with bytes: ByteBuffer) {
        while self.stream?.isWritable == true { self.send(bytes) }
    }

    /// Lets go of the stream, which goes on with another driver.
    func handOver(key: UInt64?, unread: ByteBuffer = ByteBuffer(), to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        guard let stream = self.stream else { return }
        self.stream = nil
        self.phase = .over
        stream.handOver(key: key, unread: unread, to: make)
    }

    /// Does something as if the driver had been called.
    func act(_ body: (ScriptedDriver) -> Void) {
        self.isInCall = true
        body(self)
        self.isInCall = false
    }

    /// Does something on the driver's loop.
    func run(_ body: @escaping @Sendable (ScriptedDriver) -> Void) async throws {
        try await self.context.loop.run { self.act(body) }
    }
}
