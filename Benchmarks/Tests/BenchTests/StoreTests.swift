import Foundation
import RawLoad
import ServerUnderTest
import Testing

@testable import bench

@Suite struct StoreTests {
    @Test func eachRunHasAFileOfItsOwnThatGoesWithIt() throws {
        var first: StoreFile? = try StoreFile()
        let setting = try #require(first?.setting)
        #expect(try StoreFile().setting != setting)
        #expect(setting.hasPrefix("sqlite:///") && setting.hasSuffix("/state.db"))
        let path = String(setting.dropFirst("sqlite://".count))
        #expect(first?.size == StoreFile.Size(all: 0, log: 0))
        try Data(count: 100).write(to: URL(fileURLWithPath: path))
        try Data(count: 23).write(to: URL(fileURLWithPath: path + "-wal"))
        try Data(count: 7).write(to: URL(fileURLWithPath: path + "-shm"))
        #expect(first?.size == StoreFile.Size(all: 123, log: 23))
        first = nil
        #expect(!FileManager.default.fileExists(atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path))
    }

    @Test func gaugesAreReadFromThePage() throws {
        let page = "nt_codes_active 0\nnt_rooms_kept 0\nnt_mailbox_messages 3\nnt_store_pending 0\n"
        let gauges = try StoreGauges(MetricsText(page))
        #expect(gauges.items == 3 && gauges.isEmpty)
        #expect(try !StoreGauges(MetricsText(page + "nt_codes_active 7\n")).isEmpty)
        #expect(throws: RawFailure.self) { try StoreGauges(MetricsText("nt_codes_active 1\n")) }
    }
}
