package import RESPCore
package import TimeKeeping

/// How an engine is used.
package struct EngineSettings: Sendable {
    package var address: EngineAddress
    /// By which the engine's operator knows the connection.
    package var clientName: String
    package var scripts: [RESPScript]
    /// How long a reply may take before the connection is given up, and with it everything that waits on it.
    package var replyLimit = TimeSpan.seconds(2)
    package var connectLimit = TimeSpan.seconds(2)
    /// For connecting to a Sentinel and for its answer together.
    package var sentinelLimit = TimeSpan.seconds(1)
    package var needsPrimary = true

    package init(address: EngineAddress, clientName: String, scripts: [RESPScript]) {
        self.address = address
        self.clientName = clientName
        self.scripts = scripts
    }

    var session: RESPSession.Settings {
        RESPSession.Settings(
            user: self.address.credentials?.user, password: self.address.credentials?.password, clientName: self.clientName,
            database: self.address.database, scripts: self.scripts, needsPrimary: self.needsPrimary)
    }
}
