import SignalingCore
import SignalingWire
import Testing
import TimeKeeping

@testable import SQLiteStore

/// What a process finds whose clock is not where the last one's was.
struct TimeBoundsTests {
    private static let life = StoreFolder.roomTTL.milliseconds

    @Test func whatHasEndedMeanwhileIsGone() throws {
        let folder = try StoreFolder()
        let start = folder.wall.now
        try folder.file().commit(Self.changes(start))
        folder.wall.move(by: 1000)
        var state = try folder.file().load(folder.bounds)
        #expect(state.codes.map(\.code.value) == [2] && state.redemptions.map(\.code.value) == [2])
        #expect(state.rooms.map(\.name.mailbox.number) == [2, 3])
        // It is not there any more, and does not come again if the clock is set back.
        folder.wall.move(by: -5000)
        state = try folder.file().load(folder.bounds)
        #expect(state.codes.count == 1 && state.redemptions.count == 1 && state.rooms.count == 2)
    }

    @Test func nothingLivesLongerThanItMayIfTheClockWasSetBack() throws {
        let folder = try StoreFolder()
        let start = folder.wall.now
        try folder.file().commit(Self.changes(start))
        folder.wall.move(by: -86_400_000)
        var state = try folder.file().load(folder.bounds)
        #expect(state.codes.map(\.expires) == [folder.wall.now + Self.life, folder.wall.now + Self.life])
        #expect(state.redemptions.map(\.forgotten) == [folder.wall.now + 30_000, folder.wall.now + 30_000])
        #expect(state.rooms.map(\.standing.desertedSince) == [folder.wall.now, folder.wall.now, folder.wall.now])
        // A server that is started again and again does not lengthen it.
        folder.wall.move(by: Self.life - 1)
        state = try folder.file().load(folder.bounds)
        #expect(state.codes.count == 2 && state.rooms.count == 3 && state.redemptions.isEmpty)
        folder.wall.move(by: 1)
        #expect(try folder.file().load(folder.bounds) == StoredState())
    }

    @Test func whoeverWasInARoomIsInItNoMore() throws {
        let folder = try StoreFolder()
        let start = folder.wall.now
        try folder.file().commit([Samples.item(1, seq: 1)])
        folder.wall.move(by: 5_000_000)
        #expect(try folder.file().load(folder.bounds).rooms.map(\.standing.desertedSince) == [start + 5_000_000])
        folder.wall.move(by: Self.life)
        #expect(try folder.file().load(folder.bounds).rooms.isEmpty)
    }

    /// The first code, redemption and room end with the first second.
    private static func changes(_ start: UnixMilliseconds) -> [StoredChange] {
        [
            .minted(Samples.stored(1, expires: start + 1000)), .minted(Samples.stored(2, expires: start + 600_000)),
            .redeemed(Samples.code(1), room: Samples.room(7), Samples.redemption(1, forgotten: start + 1000)),
            .redeemed(Samples.code(2), room: Samples.room(7), Samples.redemption(2, forgotten: start + 30_000)),
            Samples.item(1, seq: 1, standing: RoomStanding(desertedSince: start - self.life + 1000)),
            Samples.item(2, seq: 1, standing: RoomStanding(desertedSince: start - self.life + 1001)),
            Samples.item(3, seq: 1, standing: RoomStanding(desertedSince: nil)),
        ]
    }
}
