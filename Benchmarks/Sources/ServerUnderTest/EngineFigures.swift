/// What an engine says of itself, in its response to INFO.
package struct EngineFigures: Equatable, Sendable {
    /// Such as `valkey 8.0.1`.
    package var name: String
    /// CPU of the thread that carries out all scripts and speaks with all nodes, user and system.
    package var mainThreadSeconds: Double
    /// In scripts, with all that they call.
    package var scriptSeconds: Double
    package var scriptCalls: Int
    /// Bytes of what it holds.
    package var usedMemory: Int

    /// Nil where a field is missing, as in versions before 7.
    package init?(info: String) {
        var fields: [Substring: Substring] = [:]
        for line in info.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
        func number(_ field: Substring) -> Double? { fields[field].flatMap { Double($0) } }
        guard let user = number("used_cpu_user_main_thread"), let system = number("used_cpu_sys_main_thread"),
            let memory = fields["used_memory"].flatMap({ Int($0) }), let version = fields["valkey_version"] ?? fields["redis_version"]
        else { return nil }
        self.name = "\(fields["valkey_version"] == nil ? "redis" : "valkey") \(version)"
        self.mainThreadSeconds = user + system
        self.usedMemory = memory
        // There is none before the first call.
        let scripts = Self.parts(fields["cmdstat_evalsha"] ?? "")
        self.scriptCalls = Int(scripts["calls"] ?? 0)
        self.scriptSeconds = (scripts["usec"] ?? 0) / 1e6
    }

    /// `a=1,b=2.5`
    private static func parts(_ text: Substring) -> [Substring: Double] {
        var parts: [Substring: Double] = [:]
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=")
            if sides.count == 2, let value = Double(sides[1]) { parts[sides[0]] = value }
        }
        return parts
    }
}
