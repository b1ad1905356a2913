/// Hears every command that an engine is given, over a connection of its own.
package final class EngineMonitor {
    private let client: EngineClient

    package init(port: Int) throws {
        self.client = try EngineClient(port: port)
        guard case .text("OK") = try self.client.call("MONITOR") else { throw EngineFault("it cannot be listened to") }
    }

    /// What scripts were called since, as they were called: the script's digest, how many keys, keys, arguments. Ends with a command that is
    /// sent to `engine` for this.
    package func calls(endingWith marker: String, on engine: EngineClient) throws -> [[String]] {
        _ = try engine.call("ECHO", marker)
        var calls: [[String]] = []
        while true {
            guard case .text(let line) = try self.client.reply() else { throw EngineFault("it tells no commands") }
            let command = Self.command(line)
            if command == ["ECHO", marker] { return calls }
            if command.first?.uppercased() == "EVALSHA" { calls.append(Array(command.dropFirst())) }
        }
    }

    /// The parts of a command as the engine tells it: `1700000000.123456 [0 127.0.0.1:1234] "GET" "a\x00\"b"`. What a script calls has `lua`
    /// for its address, and is none that anybody sent.
    static func command(_ line: String) -> [String] {
        guard let bracket = line.firstIndex(of: "]"), !line[..<bracket].hasSuffix(" lua") else { return [] }
        var (parts, part, isInside) = ([String](), [UInt8](), false)
        var rest = line[line.index(after: bracket)...].utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where isInside:
                parts.append(String(decoding: part, as: UTF8.self))
                (part, isInside) = ([], false)
            case UInt8(ascii: "\""): isInside = true
            case UInt8(ascii: "\\") where isInside:
                let escaped = rest.popFirst()
                switch escaped {
                case UInt8(ascii: "n"): part.append(10)
                case UInt8(ascii: "r"): part.append(13)
                case UInt8(ascii: "t"): part.append(9)
                case UInt8(ascii: "a"): part.append(7)
                case UInt8(ascii: "b"): part.append(8)
                case UInt8(ascii: "x"):
                    part.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                    rest = rest.dropFirst(2)
                default: if let escaped { part.append(escaped) }
                }
            default: if isInside { part.append(byte) }
            }
        }
        return parts
    }
}
