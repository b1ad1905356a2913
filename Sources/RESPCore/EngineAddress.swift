import ByteScan

/// Where an engine is, and as whom to use it: what one line of a configuration says.
///
///     valkey://user:password@host:6379/2?prefix=nt      also redis:, with TLS valkeys: and rediss:
///     valkey+sentinel://host1,host2:26379/name/2
///     valkey+unix:///run/valkey.sock?db=2               also unix:
package struct EngineAddress: Equatable, Sendable {
    package enum Target: Equatable, Sendable {
        case direct(EngineEndpoint)
        /// Sentinels to be asked where the primary of this name is.
        case sentinels([EngineEndpoint], name: String)
    }

    package let target: Target
    package let usesTLS: Bool
    package let credentials: EngineCredentials?
    package let database: Int
    /// What all keys begin with.
    package let prefix: String

    package static let defaultPrefix = "nt"
}

/// Where one process listens.
package enum EngineEndpoint: Hashable, Sendable, CustomStringConvertible {
    case host(String, port: Int, usesTLS: Bool)
    case unix(path: String)

    package var description: String {
        switch self {
        case .host(let host, let port, _): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}

/// Who we are to the engine. No way of printing it shows the password.
package struct EngineCredentials: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Nil for the one whom the engine calls default.
    package let user: String?
    package let password: String

    package init(user: String?, password: String) {
        self.user = user
        self.password = password
    }

    package var description: String { "***" }
    package var debugDescription: String { "***" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension EngineAddress: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        var text = "valkey" + (self.usesTLS ? "s" : "")
        let who = self.credentials.map { "\($0)@" } ?? ""
        switch self.target {
        case .direct(.unix(let path)): text += "+unix://\(who)\(Self.encoded(path))?db=\(self.database)&"
        case .direct(let endpoint): text += "://\(who)\(endpoint)/\(self.database)?"
        case .sentinels(let endpoints, let name):
            text += "+sentinel://\(who)\(endpoints.map(\.description).joined(separator: ","))/\(name)/\(self.database)?"
        }
        return text + "prefix=\(self.prefix)"
    }

    package var debugDescription: String { self.description }

    private static func encoded(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            if self.isLetterOrDigit(byte) || "/-._~@:+,".utf8.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + String(decoding: [Hex.digit(byte >> 4), Hex.digit(byte & 15)], as: UTF8.self)
            }
        }
        return text
    }
}
