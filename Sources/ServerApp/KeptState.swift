import ByteStreams
import Logging
import SQLiteStore
import ServerConfiguration
import SetupCore
import SignalingCore
import SignalingRuntime
import TimeKeeping

/// What outlives the process, where the settings name a place for it.
struct KeptState: Sendable {
    let journal = Journal()
    private let store: SQLiteStore
    private let place: StorePlace
    private let logger: Logger

    /// A process that is ending has let go of its file by then; one that runs on has not.
    private static let longestLock = Duration.seconds(2)

    /// Refuses a place that cannot be one, before anything is taken over from the server that has it.
    static func check(_ settings: ServerSettings) throws(StartupError) {
        guard case .sqlite(let path) = settings.store else { return }
        do throws(StoreFault) {
            try SQLiteStore.check(path: path)
        } catch {
            throw Self.refusal(settings.store, error)
        }
    }

    /// Opens the store and reads it; nil for a server that keeps everything in memory.
    static func open(_ settings: ServerSettings, clock: ServerClock, logger: Logger) throws(StartupError) -> KeptState? {
        guard case .sqlite(let path) = settings.store else { return nil }
        do throws(StoreFault) {
            let store = try SQLiteStore.open(
                path: path, sync: settings.storeSync == .full ? .full : .normal, roomTTL: TimeSpan(settings.roomTTL),
                lockWait: Self.longestLock, clock: clock, logger: logger)
            return KeptState(store: store, place: settings.store, logger: logger)
        } catch {
            throw Self.refusal(settings.store, error)
        }
    }

    private init(store: SQLiteStore, place: StorePlace, logger: Logger) {
        self.store = store
        self.place = place
        self.logger = logger
    }

    static func refusal(_ place: StorePlace, _ fault: StoreFault) -> StartupError {
        StartupError([Finding(.fault, .storeUnusable, "STORE", "STORE=\(place.text): \(fault.what)", fault.advice)])
    }

    func key(named name: String, draw: () -> [UInt8]) throws(StartupError) -> [UInt8] {
        do throws(StoreFault) {
            return try self.store.key(named: name, draw: draw)
        } catch {
            throw Self.refusal(self.place, error)
        }
    }

    /// Hands over what the process before had, and writes what changes from now on.
    func begin(_ signaling: Signaling) {
        let state = self.store.takeState()
        let refused = signaling.adopt(state)
        self.store.start(journal: self.journal)
        self.logger.info(
            "state taken over",
            metadata: [
                "store": "\(self.place.text)", "codes": .stringConvertible(state.codes.count - refused),
                "rooms": .stringConvertible(state.rooms.count),
                "items": .stringConvertible(state.rooms.reduce(0) { $0 + $1.a.items.count + $1.b.items.count }),
            ])
        if refused > 0 {
            self.logger.warning(
                "codes of a length that the settings no longer allow were dropped; CODE_DIGITS and CODE_DIGITS_MAX decide that",
                metadata: ["codes": .stringConvertible(refused)])
        }
    }

    /// Writes what waits, and lets go of the file.
    func end() async { await self.store.close() }
}
