import ByteStreams
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping

/// The stream of the simulation does what the transports' streams do.
@Suite struct MemoryStreamTests {
    private let clock = ManualClock()
    private let context: LoopContext
    private let driver = Journal()

    init() {
        self.context = LoopContext(loop: ManualLoop(self.clock), clock: self.clock.serverClock)
    }

    private func open(
        sendCapacity: Int = .max, manner: MemoryStream.Manner = .channel, unread: ByteBuffer = ByteBuffer()
    ) -> MemoryStream {
        let stream = MemoryStream(context: self.context, sendCapacity: sendCapacity, manner: manner)
        stream.begin(self.driver, unread: unread)
        return stream
    }

    // MARK: - Input

    @Test func theBeginningIsABatch() {
        _ = self.open(unread: ByteBuffer(string: "early"))
        #expect(self.driver.events == [.opened, .received("early"), .readCompleted])
    }

    @Test func severalReadsAreOneBatch() {
        let stream = self.open()
        stream.arrive(ByteBuffer(string: "abcdefg"))
        self.driver.events = []
        stream.read(most: 3, reads: 2)
        #expect(self.driver.events == [.received("abc"), .received("def"), .readCompleted])
        #expect(stream.bytesRead == 6)
    }

    @Test func nothingIsReadThatIsNotWanted() {
        let stream = self.open()
        stream.arrive(ByteBuffer(string: "abcdef"))
        self.driver.events = []
        // In the midst of a batch, too.
        self.driver.whenReceived = { $0.isReading = false }
        stream.read(most: 3, reads: 4)
        stream.read()
        #expect(self.driver.events == [.received("abc"), .readCompleted])
        #expect(stream.isHeldBack)
        stream.isReading = true
        stream.read()
        #expect(self.driver.events.suffix(2) == [.received("def"), .readCompleted])
    }

    @Test func anEndIsNoticedByOneWhoDoesNotRead() {
        let stream = self.open()
        stream.isReading = false
        stream.arrive(ByteBuffer(string: "last"))
        self.driver.events = []
        stream.end(.fin)
        #expect(self.driver.events == [.received("last"), .readCompleted, .ended(isFailure: false)])
    }

    @Test func anEndBehindMoreThanABatchWaitsForTheNext() {
        let stream = self.open()
        stream.isReading = false
        stream.arrive(ByteBuffer(repeating: 0x61, count: 65_536 + 1))
        self.driver.events = []
        stream.end(.fin, reads: 1)
        #expect(stream.isOpen)
        #expect(stream.canRead)
        #expect(!stream.isHeldBack)
        stream.read()
        #expect(self.driver.events.suffix(3) == [.received("a"), .readCompleted, .ended(isFailure: false)])
    }

    @Test func aResetThrowsAwayWhatHasArrived() {
        let stream = self.open()
        stream.arrive(ByteBuffer(string: "lost"))
        self.driver.events = []
        stream.end(.reset)
        #expect(self.driver.events == [.ended(isFailure: true)])
    }

    @Test(arguments: [false, true]) func whatWasWrittenOutlivesInputWhereTheDriverSaysSo(outlives: Bool) {
        let stream = self.open(sendCapacity: 2)
        self.driver.outlivesInput = outlives
        stream.write(ByteBuffer(string: "abc"))
        stream.flush()
        stream.end(.fin)
        #expect(stream.isOpen == outlives)
        #expect(String(buffer: stream.takeSent()) == "ab")
        #expect(String(buffer: stream.takeSent()) == (outlives ? "c" : ""))
        #expect(!stream.isOpen)
        #expect(stream.sentEnd == .fin)
    }

    // MARK: - Output

    @Test func aSendBufferTakesWhatFits() {
        let stream = self.open(sendCapacity: 3)
        stream.write(ByteBuffer(string: "abcde"))
        stream.flush()
        #expect(stream.unsentBytes == 2)
        #expect(String(buffer: stream.takeSent()) == "abc")
        #expect(stream.unsentBytes == 0)
        #expect(String(buffer: stream.takeSent()) == "de")
        #expect(stream.bytesTaken == 5)
    }

    @Test func whoeverIsBehindHearsOfItLater() {
        let stream = self.open(sendCapacity: 1)
        self.driver.events = []
        stream.write(ByteBuffer(repeating: 0, count: MemoryStream.mostWaiting + 1))
        stream.flush()
        #expect(stream.isWritable)
        stream.write(ByteBuffer(string: "a"))
        #expect(!stream.isWritable)
        stream.flush()
        // Not while more than the mark waits, and only once.
        stream.sendCapacity = 2
        #expect(self.driver.events.isEmpty)
        _ = stream.takeSent()
        #expect(stream.isWritable)
        #expect(self.driver.events == [.becameWritable])
        _ = stream.takeSent()
        #expect(self.driver.events == [.becameWritable])
    }

    @Test func aFlushThatHelpsSaysNothingWithinTheDriversCall() {
        let stream = self.open(sendCapacity: 1)
        stream.write(ByteBuffer(repeating: 0, count: MemoryStream.mostWaiting + 2))
        stream.flush()
        #expect(!stream.isWritable)
        stream.sendCapacity = .max
        self.driver.events = []
        self.driver.whenReceived = { $0.flush() }
        stream.receive(ByteBuffer(string: "b"))
        #expect(self.driver.events == [.received("b"), .readCompleted])
        #expect(stream.isWritable)
    }

    @Test func socketsSendOnlyWhatIsFlushed() {
        let socket = self.open(manner: .socket)
        self.driver.whenReceived = { $0.write(ByteBuffer(string: "waits")) }
        socket.receive(ByteBuffer(string: "a"))
        #expect(socket.takeSent().readableBytes == 0)
        socket.flush()
        #expect(String(buffer: socket.takeSent()) == "waits")
        let channel = self.open()
        channel.receive(ByteBuffer(string: "a"))
        #expect(String(buffer: channel.takeSent()) == "waits")
    }

    // MARK: - The end

    @Test func aDirectionEndsBehindWhatWasWritten() {
        let stream = self.open(sendCapacity: 1)
        stream.write(ByteBuffer(string: "ab"))
        stream.closeOutput()
        stream.write(ByteBuffer(string: "too late"))
        #expect(stream.sentEnd == nil)
        _ = stream.takeSent()
        #expect(stream.sentEnd == .fin)
        #expect(stream.isOpen)
        stream.receive(ByteBuffer(string: "still read"))
        #expect(self.driver.events.contains(.received("still read")))
    }

    @Test func aConnectionEndsBehindWhatWasWritten() {
        let stream = self.open(sendCapacity: 1)
        stream.write(ByteBuffer(string: "ab"))
        stream.closeWhenSent()
        #expect(stream.isOpen)
        _ = stream.takeSent()
        #expect(!stream.isOpen)
        #expect(self.driver.events.last == .ended(isFailure: false))
    }

    @Test func whoeverClosesWithUnreadInputResets() {
        let stream = self.open()
        stream.arrive(ByteBuffer(string: "unread"))
        stream.close()
        #expect(stream.sentEnd == .reset)
        let other = self.open()
        other.close()
        #expect(other.sentEnd == .fin)
    }

    @Test func aWriteAfterAResetFailsLater() {
        let stream = self.open()
        stream.resetUnnoticed()
        self.driver.events = []
        stream.write(ByteBuffer(string: "in vain"))
        stream.flush()
        #expect(!stream.isWritable)
        #expect(stream.unsentBytes == 0)
        #expect(stream.isOpen)
        #expect(self.driver.events.isEmpty)
        stream.noticeReset()
        #expect(self.driver.events == [.ended(isFailure: true)])
    }

    @Test func anotherDriverGoesOn() {
        let stream = self.open()
        let successor = Journal()
        self.driver.whenReceived = { stream in
            // Made on the loop that it runs on, which is this one.
            nonisolated(unsafe) let successor = successor
            stream.handOver(key: 0, unread: ByteBuffer(string: "rest")) { _ in successor }
        }
        self.driver.events = []
        stream.receive(ByteBuffer(string: "a"))
        stream.end(.fin)
        #expect(self.driver.events == [.received("a")])
        #expect(successor.events == [.opened, .received("rest"), .readCompleted, .ended(isFailure: false)])
    }
}

/// Notes what it is told.
private final class Journal: StreamDriver {
    enum Event: Equatable {
        case opened, received(String), readCompleted, becameWritable, ended(isFailure: Bool)
    }

    var events: [Event] = []
    var outlivesInput = false
    var whenReceived: (any ByteStream) -> Void = { _ in }
    private var stream: (any ByteStream)?

    func opened(on stream: any ByteStream) {
        self.stream = stream
        self.events.append(.opened)
    }

    func received(_ bytes: ByteBuffer) {
        self.events.append(.received(bytes.readableBytes > 100 ? "long" : String(buffer: bytes)))
        if let stream = self.stream { self.whenReceived(stream) }
    }

    func readCompleted() { self.events.append(.readCompleted) }
    func becameWritable() { self.events.append(.becameWritable) }

    func ended(_ error: (any Error)?) {
        self.events.append(.ended(isFailure: error != nil))
        self.stream = nil
    }
}
