import ByteScan

/// What is said when a connection opens: who we are, which database, and the scripts; and whether the engine is one that may be used.
///
/// Everything behind the answer to HELLO is asked at once: opening takes two round trips.
package struct RESPSession: Sendable {
    package struct Settings: Sendable, Equatable {
        package var user: String?
        package var password: String?
        /// By which the engine's operator knows the connection.
        package var clientName: String
        package var database: Int
        package var scripts: [RESPScript]
        /// Writes are for primaries only.
        package var needsPrimary: Bool

        package init(
            user: String? = nil, password: String? = nil, clientName: String, database: Int = 0, scripts: [RESPScript] = [],
            needsPrimary: Bool = true
        ) {
            self.user = user
            self.password = password
            self.clientName = clientName
            self.database = database
            self.scripts = scripts
            self.needsPrimary = needsPrimary
        }
    }

    package enum Step: Equatable, Sendable {
        /// These are to be sent, and each reply is to be handed back.
        case send([[RESPArgument]])
        case wait
        case ready(SessionFacts)
        /// The connection is of no use, and to be closed.
        case refuse(SessionRefusal)
    }

    private enum Question: Equatable { case hello, name, database, configuration, script(Int) }

    private let settings: Settings
    /// What was asked and has no reply yet, in order.
    private var asked: ArraySlice<Question> = []
    private var facts = SessionFacts()

    package init(_ settings: Settings) { self.settings = settings }

    /// The first commands.
    package mutating func begin() -> [[RESPArgument]] {
        self.asked = [.hello]
        var hello: [RESPArgument] = ["HELLO", 3]
        if let password = self.settings.password { hello += ["AUTH", .text(self.settings.user ?? "default"), .text(password)] }
        return [hello]
    }

    /// The reply to the oldest command that has none yet.
    package mutating func replied(_ value: RESPValue) -> Step {
        guard let question = self.asked.popFirst() else { return .refuse(.unexpected("anything more")) }
        if let refusal = self.judge(question, value) { return .refuse(refusal) }
        if question == .hello { return .send(self.askTheRest()) }
        return self.asked.isEmpty ? .ready(self.facts) : .wait
    }

    private mutating func askTheRest() -> [[RESPArgument]] {
        var commands: [[RESPArgument]] = [["CLIENT", "SETNAME", .text(self.settings.clientName)]]
        self.asked = [.name]
        if self.settings.database != 0 {
            commands.append(["SELECT", .integer(self.settings.database)])
            self.asked.append(.database)
        }
        commands.append(["CONFIG", "GET", "maxmemory-policy", "appendonly", "save"])
        self.asked.append(.configuration)
        for (index, script) in self.settings.scripts.enumerated() {
            commands.append(["SCRIPT", "LOAD", .text(script.text)])
            self.asked.append(.script(index))
        }
        return commands
    }

    // MARK: - Judging

    private mutating func judge(_ question: Question, _ value: RESPValue) -> SessionRefusal? {
        if case .error(let error) = value, let refusal = SessionRefusal(common: error) { return refusal }
        switch question {
        case .hello: return self.judgeHello(value)
        case .name:
            if case .error(let error) = value { self.facts.warnings.append("the engine does not take a name for the connection: \(error)") }
            return nil
        case .database:
            guard case .error(let error) = value else { return nil }
            return SessionRefusal(.database, "the engine has no database \(self.settings.database) for this user (\(error)): name another")
        case .configuration: return self.judgeConfiguration(value)
        case .script(let index): return self.judgeScript(self.settings.scripts[index].name, value)
        }
    }

    private mutating func judgeHello(_ value: RESPValue) -> SessionRefusal? {
        if case .error(let error) = value {
            guard error.code == "NOPROTO" || error.text.hasPrefix("ERR unknown command") else {
                return SessionRefusal(.other, "the engine refuses to begin (\(error)): look there for the cause")
            }
            return SessionRefusal(.tooOld, "the engine does not speak RESP3: use Valkey, or Redis 7.0 or newer")
        }
        let mode = value[field: "mode"]?.text
        // Sentinels have no role.
        guard mode != "sentinel" else {
            return SessionRefusal(.wrongMode, "this is a Sentinel and holds no data: give its address as valkey+sentinel://HOST/NAME")
        }
        guard let mode, let version = value[field: "version"]?.text, let role = value[field: "role"]?.text else {
            return .unexpected("HELLO")
        }
        self.facts.server = RESPError.line(value[field: "server"]?.text ?? "")
        self.facts.version = RESPError.line(version)
        self.facts.isPrimary = role == "master"
        guard mode == "standalone" else {
            return SessionRefusal(.wrongMode, "the engine is part of a cluster, where a script reaches few keys: use a primary of its own")
        }
        let major = version.utf8.prefix { $0 != UInt8(ascii: ".") }
        guard let number = Int(Substring(major)), number >= 7 else {
            return SessionRefusal(.tooOld, "the engine has version \(self.facts.version): use Valkey, or Redis 7.0 or newer")
        }
        guard self.facts.isPrimary || !self.settings.needsPrimary else {
            return SessionRefusal(
                .notPrimary, "the engine is a replica, which takes no writes: give its primary's address, or its Sentinels'")
        }
        return nil
    }

    private mutating func judgeConfiguration(_ value: RESPValue) -> SessionRefusal? {
        if case .error(let error) = value {
            self.facts.warnings.append("cannot check whether the engine evicts keys (\(error)): see that maxmemory-policy is noeviction")
            return nil
        }
        switch value[field: "maxmemory-policy"]?.text {
        case "noeviction": break
        case let policy?:
            let line = RESPError.line(policy)
            return SessionRefusal(
                .evicts, "the engine may evict keys (maxmemory-policy is \(line)), which loses what is stored: set it to noeviction")
        case nil: self.facts.warnings.append("the engine does not say whether it evicts keys: see that maxmemory-policy is noeviction")
        }
        if value[field: "appendonly"]?.text == "no", value[field: "save"]?.text == "" {
            self.facts.warnings.append("the engine keeps nothing on disk (appendonly is no, save is empty): its restart loses everything")
        }
        return nil
    }

    private mutating func judgeScript(_ name: String, _ value: RESPValue) -> SessionRefusal? {
        if case .error(let error) = value {
            return SessionRefusal(.script, "the engine does not take the script \(name) (\(error)): its user needs SCRIPT LOAD and EVALSHA")
        }
        guard let digest = value.text, digest.utf8.count == 40, digest.utf8.allSatisfy({ Hex.value($0) != nil }) else {
            return .unexpected("SCRIPT LOAD")
        }
        self.facts.digests.append(digest)
        return nil
    }
}
