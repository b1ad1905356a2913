import NIOConcurrencyHelpers
import SignalingCore
import SignalingRuntime
import SignalingTestKit

@testable import SQLiteStore

/// A kind of store, which `StoreConformanceTests` hold to what `StoredState.apply` says. A process opens it, has a journal written into it,
/// and closes it.
protocol StoreUnderTest: AnyObject, Sendable {
    var wall: WallClock { get }
    /// What a process finds that is started now.
    func open() throws -> StoredState
    func start(_ journal: Journal) throws
    func close() async throws
}

final class FileStore: StoreUnderTest {
    private let folder: StoreFolder
    private let sync: SQLiteStore.Sync
    private let store = NIOLockedValueBox<SQLiteStore?>(nil)

    init(sync: SQLiteStore.Sync) throws {
        self.folder = try StoreFolder()
        self.sync = sync
    }

    var wall: WallClock { self.folder.wall }

    func open() throws -> StoredState {
        let store = try self.folder.open(sync: self.sync)
        self.store.withLockedValue { $0 = store }
        return store.takeState()
    }

    func start(_ journal: Journal) { self.store.withLockedValue { $0 }?.start(journal: journal) }

    func close() async { await self.store.withLockedValue { $0.take() }?.close() }
}

/// The model itself behind the same writer: what remains to differ is the file.
final class ModelStore: StoreUnderTest {
    let wall = WallClock()
    private let file = PlainFile()
    private let writer = NIOLockedValueBox<StoreWriter?>(nil)

    func open() -> StoredState {
        self.file.change { $0.state = $0.state.survivors(at: self.wall.now, roomTTL: StoreFolder.roomTTL) }
        return self.file.now.state
    }

    func start(_ journal: Journal) {
        let writer = StoreWriter(journal, clock: self.wall.serverClock, pauses: .short, logger: LogRecorder().logger)
        writer.start(self.file)
        self.writer.withLockedValue { $0 = writer }
    }

    func close() async throws {
        guard let writer = self.writer.withLockedValue({ $0.take() }) else { return }
        try await Threads.run(1) { _ in
            guard writer.close(within: .seconds(10)) else { throw SocketFailure.unexpected("the writer goes on") }
        }
    }
}
