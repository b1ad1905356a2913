import Logging
import SignalingTestKit
import TimeKeeping

@testable import SQLiteStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder for one test, and the store in it. It is deleted with this object, with the files that are in it.
final class StoreFolder: Sendable {
    let folder: String
    let wall = WallClock()
    let log = LogRecorder()

    static let roomTTL = TimeSpan.minutes(10)

    init() throws {
        // Some tests use the file below the store.
        try SQLiteLibrary.load()
        self.folder = try ChildProcess.temporaryFolder()
    }

    deinit {
        for name in self.names { unlink(self.folder + "/" + name) }
        rmdir(self.folder)
    }

    var path: String { self.folder + "/store.db" }

    /// The files in it, in order.
    var names: [String] {
        guard let listing = opendir(self.folder) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                // The tuple is the C array of the name, which ends with a zero.
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func open(
        sync: SQLiteStore.Sync = .normal, lockWait: Duration = .zero, pauses: StoreWriter.Pauses = .short
    ) throws(StoreFault) -> SQLiteStore {
        try SQLiteStore(
            path: self.path, sync: sync, roomTTL: Self.roomTTL, lockWait: lockWait, pauses: pauses, clock: self.wall.serverClock,
            logger: self.log.logger)
    }

    /// The file, to be used by the test itself.
    func file() throws -> SQLiteFile { try SQLiteFile(FilePlace(self.path), sync: .normal) }

    var bounds: TimeBounds { TimeBounds(now: self.wall.now, roomTTL: Self.roomTTL) }

    // MARK: - Bytes

    func read(_ name: String) throws -> [UInt8] {
        guard let file = fopen(self.folder + "/" + name, "r") else { throw SocketFailure.unexpected("no \(name)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        guard let file = fopen(self.folder + "/" + name, "w") else { throw SocketFailure.unexpected("no \(name)") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw SocketFailure.unexpected("no \(name)") }
    }
}

extension StoreWriter.Pauses {
    /// Those of tests, which wait for what comes of them.
    static var short: StoreWriter.Pauses {
        .init(idle: .milliseconds(5), round: .milliseconds(10), retry: .milliseconds(5), undoing: .milliseconds(1))
    }
}
