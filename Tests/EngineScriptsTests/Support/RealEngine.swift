import RESPCore
import SignalingTestKit

@testable import EngineScripts

/// An engine whose scripts take the time from the test.
final class RealEngine {
    private let connection: BlockingEngine
    private var digests: [EngineScript: String] = [:]
    private let keys: EngineKeys
    private static let clockKey = "test:now"

    /// All that it holds is deleted.
    init(_ place: EngineAtSocket, prefix: String) throws {
        self.keys = EngineKeys(prefix: prefix)
        self.connection = try BlockingEngine(path: place.path)
        try self.connection.command("FLUSHALL")
        for script in EngineScript.allCases {
            let source = script.source(clock: "local now = tonumber(redis.call('GET', '\(Self.clockKey)'))")
            self.digests[script] = try self.connection.command("SCRIPT", "LOAD", .text(source)).text
        }
    }

    func run<Call: EngineCall>(_ call: Call, now: Int64) throws -> Call.Reply {
        try self.connection.command("SET", .text(Self.clockKey), .text("\(now)"))
        let keys = call.keys(self.keys)
        let head: [RESPArgument] = ["EVALSHA", .text(self.digests[call.script] ?? ""), .integer(keys.count)]
        return try call.reply(self.connection.command(head + keys.map { .text($0) } + call.arguments))
    }
}
