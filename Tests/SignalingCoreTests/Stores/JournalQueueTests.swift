import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

@Suite struct JournalQueueTests {
    private typealias Queue = JournalQueue<Int>
    private static let start = MonotonicTime(nanoseconds: 0)

    @Test func batchesAreWrittenInOrder() {
        var queue = Queue()
        #expect((1...3).map { Self.record(&queue, $0) } == [1, 2, 3])
        #expect(queue.takeBatch(most: 2).map(\.position) == [1, 2])
        #expect(Self.record(&queue, 4) == 4)
        #expect(queue.written().map(\.waiter) == [1, 2])
        #expect(queue.outcome == JournalOutcome(written: 2))
        #expect(queue.takeBatch(most: 9).map(\.position) == [3, 4])
        #expect(queue.written().count == 2)
        #expect(queue.outcome.written == 4 && queue.count == 0 && !queue.hasWork)
    }

    @Test func whatFailsTakesAllBehindItAlong() {
        var queue = Queue()
        for waiter in 1...3 { _ = Self.record(&queue, waiter) }
        _ = queue.takeBatch(most: 1)
        _ = queue.written()
        _ = queue.takeBatch(most: 1)
        #expect(queue.failed { $0.count }.map(\.waiter) == [2, 3])
        #expect(queue.outcome == JournalOutcome(written: 1, refused: 3))
        #expect(queue.isFailing)
        #expect(Self.record(&queue, 4) == nil)
    }

    @Test func nothingIsTakenBeforeTheWriterIsWellAndAllIsUndone() {
        var queue = Queue()
        _ = Self.record(&queue, 1)
        _ = queue.takeBatch(most: 1)
        _ = queue.failed { _ in 2 }
        #expect(queue.recovered() == false)
        queue.undone()
        #expect(queue.recovered() == false)
        #expect(Self.record(&queue, 2) == nil)
        queue.undone()
        #expect(Self.record(&queue, 2) == nil)
        #expect(queue.recovered() == true)
        #expect(Self.record(&queue, 2) == 2)
    }

    @Test func whatNobodyWaitsForIsWrittenLater() {
        var queue = Queue()
        _ = Self.record(&queue, 1)
        queue.note(.forgotten(MailboxID(1)), now: Self.start)
        _ = queue.takeBatch(most: 9)
        queue.note(.forgotten(MailboxID(2)), now: Self.start)
        _ = queue.failed { _ in 0 }
        // Even while nothing else is taken.
        queue.note(.forgotten(MailboxID(3)), now: Self.start)
        #expect(queue.takeBatch(most: 9).map(\.change) == [1, 2, 3].map { .forgotten(MailboxID($0)) })
        // Behind all that was refused, or those who were would take it for theirs.
        #expect(queue.written().allSatisfy { $0.position > queue.outcome.refused })
    }

    @Test func ofARoomOneAcknowledgementASideWaits() {
        var queue = Queue()
        for seq in UInt64(1)...1000 {
            queue.note(.acknowledged(MailboxID(1), .a, upTo: seq), now: Self.start)
            queue.note(.acknowledged(MailboxID(1), .b, upTo: seq), now: Self.start)
            queue.note(.roomStands(MailboxID(1), RoomStanding(desertedSince: Int64(seq))), now: Self.start)
        }
        #expect(queue.count == 3)
        _ = queue.takeBatch(most: 1)
        queue.note(.acknowledged(MailboxID(1), .a, upTo: 1001), now: Self.start)
        #expect(queue.written().map(\.change) == [.acknowledged(MailboxID(1), .a, upTo: 1000)])
        let rest = queue.takeBatch(most: 9).map(\.change)
        #expect(
            rest == [
                .acknowledged(MailboxID(1), .b, upTo: 1000), .roomStands(MailboxID(1), RoomStanding(desertedSince: 1000)),
                .acknowledged(MailboxID(1), .a, upTo: 1001),
            ])
    }

    @Test func howARoomStandsComesBehindTheItemsBeforeIt() throws {
        var queue = Queue()
        let item = StoredItem(
            room: StoredRoomName(id: RoomID(high: 1, low: 1), mailbox: MailboxID(1), owner: .v4(1)), standing: RoomStanding(),
            recipient: .a, seq: 1, payload: .init(string: "x"), sender: .b, accepted: nil)
        queue.note(.roomStands(MailboxID(1), RoomStanding(desertedSince: 1)), now: Self.start)
        _ = queue.record(.item(item), 1, now: Self.start)
        queue.note(.roomStands(MailboxID(1), RoomStanding(desertedSince: 2)), now: Self.start)
        #expect(queue.takeBatch(most: 9).last?.change == .roomStands(MailboxID(1), RoomStanding(desertedSince: 2)))
    }

    @Test func noMoreWaitsThanMay() {
        var queue = Queue()
        for _ in 0..<Queue.most { _ = Self.record(&queue, 1) }
        #expect(!queue.mayRecord && queue.count == Queue.most)
        #expect(Self.record(&queue, 1) == nil)
        _ = queue.takeBatch(most: 10)
        _ = queue.written()
        #expect(queue.mayRecord)
    }

    private static func record(_ queue: inout Queue, _ waiter: Int) -> JournalPosition? {
        queue.record(.freed(self.code, room: RoomID(high: 0, low: 1)), waiter, now: self.start)
    }

    private static let code: Code = Code(value: 1, digits: 4) ?? { preconditionFailure("0001 is a code") }()
}
