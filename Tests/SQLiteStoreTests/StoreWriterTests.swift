import ByteStreams
import Logging
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing

@testable import SQLiteStore

/// The writer's thread between a journal and a file that does as it is told.
struct StoreWriterTests {
    @Test func whatHasGatheredIsOneTransaction() async throws {
        let world = Writing()
        world.file.change { $0.isHanging = true }
        world.start()
        world.mint(0)
        try await eventually("the first one is under way") { !world.rig.journal.hasWork }
        for value in 1...100 as ClosedRange<UInt32> { world.mint(value) }
        world.file.change { $0.isHanging = false }
        try await world.rig.settle()
        #expect(world.file.now.commits.map(\.count) == [1, 100])
        #expect(world.file.now.state.codes.map(\.code.value) == Array(0...100))
        #expect(world.rig.waiter.last == JournalOutcome(written: 101))
        #expect(world.file.now.trimmed == 2)
        try await world.close()
    }

    @Test func noTransactionIsEndless() async throws {
        let world = Writing()
        for value in 0..<10_000 as Range<UInt32> { world.rig.note(.freed(Samples.code(value), room: Samples.room(1))) }
        world.start()
        try await world.rig.settle()
        #expect(world.file.now.commits.map(\.count) == [StoreWriter.batch, StoreWriter.batch, 10_000 - 2 * StoreWriter.batch])
        try await world.close()
    }

    @Test func whoeverWaitsIsToldThatItCannotBeWritten() async throws {
        let world = Writing()
        world.start()
        world.mint(1)
        try await world.rig.settle()
        world.file.change { $0.fault = DatabaseFault(.diskFull) }
        let refused = world.mint(2)
        world.rig.note(.forgotten(.init(5)))
        try await eventually("it has failed") { world.rig.journal.isFailing }
        #expect(!world.writer.isHealthy)
        #expect(world.mint(3) == nil, "nothing is taken that could not be written")
        world.rig.note(.freed(Samples.code(9), room: Samples.room(1)))
        world.file.change { $0.fault = nil }
        // Not before everybody who was refused has undone it.
        try await eventually("what was noted is written") { world.rig.journal.figures.pending == 0 }
        #expect(world.rig.journal.isFailing)
        world.rig.listen()
        #expect(world.rig.waiter.last.refused >= (refused ?? .max))
        try await eventually("it goes on") { world.writer.isHealthy && world.rig.journal.mayRecord }
        #expect(world.mint(4) != nil)
        try await world.rig.settle()
        #expect(world.file.now.state.codes.map(\.code.value) == [1, 4])
        let kept = Array((world.file.now.commits + world.file.now.recoveries).joined())
        #expect(kept.contains(.forgotten(.init(5))) && kept.contains(.freed(Samples.code(9), room: Samples.room(1))))
        try await world.close()
    }

    @Test func aFaultIsToldOnceAndSoIsItsEnd() async throws {
        let world = Writing()
        world.start()
        world.file.change { $0.fault = DatabaseFault(.diskFull) }
        world.mint(1)
        try await eventually("it has failed") { !world.writer.isHealthy }
        world.rig.listen()
        world.file.change { $0.fault = DatabaseFault(.readOnly) }
        try await eventually("another fault is told") { world.log.lines.count == 2 }
        world.file.change { $0.fault = nil }
        try await eventually("it goes on") { world.writer.isHealthy }
        #expect(world.log.lines.map(\.level) == [.error, .error, .notice])
        #expect(world.log.lines[0].metadata == ["why": "the disk is full", "advice": "free space on it"])
        try await world.close()
    }

    @Test func aFaultOfTidyingIsAFaultOfTheStore() async throws {
        let world = Writing()
        world.file.change { $0.fault = DatabaseFault(.damaged) }
        world.start()
        try await eventually("it has failed") { !world.writer.isHealthy && world.rig.journal.isFailing }
        world.file.change { $0.fault = nil }
        try await eventually("it goes on") { world.writer.isHealthy && world.rig.journal.mayRecord }
        try await world.close()
    }

    @Test func itTidiesWhenThereIsNothingToWrite() async throws {
        let world = Writing()
        world.file.change { $0.chores = 3 }
        world.start()
        try await eventually("a round is over") { world.file.now.compacted == 1 }
        #expect(world.file.now.tidied == 3)
        world.mint(1)
        try await eventually("and one behind the next change") { world.file.now.compacted == 2 }
        try await world.close()
    }

    @Test func itTidiesOnWhileSomethingWillEndByItself() async throws {
        let world = Writing()
        world.file.change { $0.hasMortals = true }
        world.start()
        try await eventually("rounds follow each other") { world.file.now.tidied >= 3 }
        try await world.close()
    }

    @Test func whoeverNeverRestsTidiesToo() async throws {
        let world = Writing()
        world.start()
        try await eventually("it tidies between changes") {
            world.rig.note(.forgotten(.init(1)))
            world.rig.listen()
            return world.file.now.tidied > 0
        }
        try await world.close()
    }

    @Test func changesComeBeforeTidying() async throws {
        let world = Writing()
        world.file.change { $0.chores = .max }
        world.start()
        try await eventually("it tidies") { world.file.now.tidied > 0 }
        world.mint(1)
        try await world.rig.settle()
        try await world.close()
    }

    @Test func closingDoesNotWaitForEver() async throws {
        let world = Writing()
        world.file.change { $0.isHanging = true }
        world.start()
        world.mint(1)
        let writer = world.writer
        try await Threads.run(1) { _ in #expect(!writer.close(within: .milliseconds(20))) }
        world.file.change { $0.isHanging = false }
        try await world.close()
    }

    @Test func itIsClosedWhileItCannotBeWritten() async throws {
        let world = Writing()
        world.start()
        world.file.change { $0.fault = DatabaseFault(.diskFull) }
        world.mint(1)
        try await eventually("it has failed") { !world.writer.isHealthy }
        try await world.close()
        #expect(world.file.now.state == StoredState())
    }

    @Test func whatItTakesOnTheDiskIsTold() async throws {
        let world = Writing()
        world.start()
        world.mint(1)
        try await eventually("it is told") { world.rig.journal.figures.bytes == 1 }
        try await world.close()
    }
}

/// A writer with what is on both of its sides.
private final class Writing {
    let rig = JournalRig()
    let file = PlainFile()
    let log = LogRecorder()
    let writer: StoreWriter

    init() {
        self.writer = StoreWriter(self.rig.journal, clock: .system, pauses: .short, logger: self.log.logger)
    }

    func start() { self.writer.start(self.file) }

    @discardableResult
    func mint(_ value: UInt32) -> JournalPosition? { self.rig.record(.minted(Samples.stored(value, expires: 1))) }

    func close() async throws {
        let writer = self.writer
        try await Threads.run(1) { _ in #expect(writer.close(within: .seconds(10))) }
    }
}
