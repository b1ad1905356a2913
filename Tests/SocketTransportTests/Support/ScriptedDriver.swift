import NIOCore
import SignalingRuntime

/// Notes what it is told, and does what a test has told it to do then.
///
/// `@unchecked Sendable`: it is touched on its loop only; `run` goes there.
final class ScriptedDriver: StreamDriver, @unchecked Sendable {
    /// Counted from 1, in the order in which drivers were made.
    let number: Int
    let loop: LoopContext
    let journal: Journal
    var stream: (any ByteStream)?

    var onOpened: (ScriptedDriver) -> Void = { _ in }
    var onReceived: (ScriptedDriver, ByteBuffer) -> Void = { _, _ in }
    var onCompleted: (ScriptedDriver) -> Void = { _ in }
    var onWritable: (ScriptedDriver) -> Void = { _ in }
    var onEnded: (ScriptedDriver) -> Void = { _ in }
    var outlivesInput = false
    /// What it was given, kept as it came.
    var kept: [ByteBuffer] = []

    init(number: Int, loop: LoopContext, journal: Journal) {
        self.number = number
        self.loop = loop
        self.journal = journal
    }

    func opened(on stream: any ByteStream) {
        self.stream = stream
        self.journal.note(self.number, .opened)
        self.onOpened(self)
    }

    func received(_ bytes: ByteBuffer) {
        self.journal.note(self.number, .received, bytes)
        self.onReceived(self, bytes)
    }

    func readCompleted() {
        self.journal.note(self.number, .completed)
        self.onCompleted(self)
    }

    func becameWritable() {
        self.journal.note(self.number, .writable)
        self.onWritable(self)
    }

    func ended(_ error: (any Error)?) {
        self.journal.note(self.number, .ended(failed: error != nil))
        self.onEnded(self)
        self.stream = nil
    }

    func send(_ text: String) { self.send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) {
        self.stream?.write(bytes)
        self.stream?.flush()
    }

    /// Does something on the driver's loop.
    func run(_ body: @escaping @Sendable (ScriptedDriver) -> Void) async throws {
        try await self.loop.eventLoop.submit { body(self) }.get()
    }
}
