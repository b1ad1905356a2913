package import RESPCore

package enum EventLoopCount: Sendable, Equatable {
    case auto
    case count(Int)
}

/// Raw values are those of swift-log's `Logger.Level`, which this module does not import.
package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

package enum LogFormat: String, Sendable, CaseIterable {
    /// Text on a terminal, JSON otherwise.
    case auto
    case text, json
}

/// How much of a client's address reaches the log.
package enum LoggedAddress: String, Sendable, CaseIterable {
    case prefix, full
}

/// Rooms that may be opened.
package enum OpenableRooms: String, CaseIterable, Sendable {
    case any
    /// Those that codes were minted for.
    case minted
}

/// What says who may mint codes.
package enum AccessMethod: String, CaseIterable, Sendable {
    case key, jwt, webhook
}

/// What keeps codes and mailboxes.
package enum StorePlace: Sendable, Equatable {
    /// The process's memory, and nothing else.
    case memory
    /// A file of SQLite's.
    case sqlite(path: String)
    /// A Valkey or a Redis, which several servers share.
    case engine(EngineAddress)

    package static let scheme = "sqlite://"

    package var text: String {
        switch self {
        case .memory: "memory"
        case .sqlite(let path): Self.scheme + path
        case .engine(let address): "\(address)"
        }
    }
}

/// When a change counts as stored.
package enum StoreSync: String, Sendable, CaseIterable {
    /// When the system has it: it survives the death of the process. A power cut may take the last moments.
    case normal
    /// When the disk has it.
    case full
}

/// Where to listen.
package struct ListenAddress: Sendable, Equatable {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var text: String { (self.host.contains(":") ? "[\(self.host)]" : self.host) + ":\(self.port)" }
}
