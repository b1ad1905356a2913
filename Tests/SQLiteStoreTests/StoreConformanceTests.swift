import SignalingCore
import SignalingRuntime
import SignalingWire
import Testing

@testable import SQLiteStore

/// What every kind of store has to do: after a restart, it holds what `StoredState.apply` makes of all changes that it confirmed.
struct StoreConformanceTests {
    enum Kind: CaseIterable {
        case model, file, fileInFull

        func make() throws -> any StoreUnderTest {
            switch self {
            case .model: ModelStore()
            case .file: try FileStore(sync: .normal)
            case .fileInFull: try FileStore(sync: .full)
            }
        }
    }

    @Test(arguments: Kind.allCases, 1...8 as ClosedRange<UInt64>)
    func whatWasConfirmedIsThereAfterARestart(kind: Kind, seed: UInt64) async throws {
        let store = try kind.make()
        var changes = ChangeMaker(seed: seed)
        for life in 1...4 {
            let found = try store.open()
            let expected = changes.model.survivors(at: store.wall.now, roomTTL: StoreFolder.roomTTL)
            // Not within the macro, which would print all of both.
            let isEqual = found.inOrder == expected.inOrder
            #expect(isEqual, "life \(life)")
            changes.restart(with: found)
            let rig = JournalRig()
            try store.start(rig.journal)
            for _ in 0..<300 {
                rig.make(changes.next(now: store.wall.now))
                if changes.chance(12) {
                    try await rig.settle()
                    changes.noteWritten()
                }
                if changes.chance(6) { store.wall.move(by: 1000) }
            }
            try await rig.settle()
            try await store.close()
            // Some of it ends while no process runs.
            store.wall.move(by: 60_000)
        }
    }

    @Test(arguments: Kind.allCases)
    func aNewOneIsEmpty(kind: Kind) async throws {
        let store = try kind.make()
        #expect(try store.open() == StoredState())
        try await store.close()
        #expect(try store.open() == StoredState())
    }

    @Test(arguments: Kind.allCases)
    func whatWaitsIsWrittenWhenItIsClosed(kind: Kind) async throws {
        let store = try kind.make()
        _ = try store.open()
        let rig = JournalRig()
        try store.start(rig.journal)
        let codes = (0..<1000).map { Samples.stored($0, expires: store.wall.now + 60_000) }
        for code in codes { rig.record(.minted(code)) }
        try await store.close()
        #expect(try store.open().inOrder.codes == codes)
    }

    /// Numbers come from clients.
    @Test(arguments: Kind.allCases, [UInt64.max, 1 << 63, 4, 3])
    func aNumberPastTheEndOfAMailboxMeansItsEnd(kind: Kind, seq: UInt64) async throws {
        let store = try kind.make()
        _ = try store.open()
        let rig = JournalRig()
        try store.start(rig.journal)
        for seq in 1...3 as ClosedRange<UInt64> { rig.record(Samples.item(7, seq: seq)) }
        try await rig.settle()
        rig.note(.acknowledged(.init(7), .b, upTo: seq))
        // Nothing is there to be freed by these.
        rig.note(.acknowledged(.init(7), .a, upTo: seq))
        rig.note(.acknowledged(.init(8), .b, upTo: seq))
        try await store.close()
        let room = try #require(store.open().rooms.first)
        #expect(room.b.acknowledged == 3 && room.b.items.isEmpty)
        #expect(room.a.acknowledged == 0)
    }
}

extension JournalRig {
    /// As the server does it: for some changes somebody waits.
    func make(_ change: StoredChange) {
        switch change {
        case .minted, .redeemed, .item: self.record(change)
        case .freed, .acknowledged, .roomStands, .forgotten: self.note(change)
        }
    }
}
