/// A setting, or a file of settings, that cannot be used.
package struct SettingsFault: Sendable, Equatable {
    /// The variable by the name that was used, or the file.
    package let subject: String
    /// What was given, and where.
    package let given: String
    /// What is allowed, or what is wrong: it follows `given` and a colon.
    package let reason: String

    package var line: String { "\(self.given): \(self.reason)" }

    static func badValue(of setting: any SettingRow, _ given: GivenValue, _ reason: String) -> Self {
        Self(subject: given.name, given: "\(given.name)=\(setting.excerpt(of: given.text)) (\(given.origin))", reason: reason)
    }

    static func file(_ path: String, _ reason: String) -> Self {
        Self(subject: path.onOneLine, given: path.onOneLine, reason: reason)
    }

    static func file(_ path: String, line: Int, _ reason: String) -> Self {
        Self(subject: path.onOneLine, given: "\(path.onOneLine):\(line)", reason: reason)
    }
}

/// Why the server does not start: a line for each fault.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let faults: [SettingsFault]

    package var description: String { self.faults.map(\.line).joined(separator: "\n") }
}

/// Where the value in force was found.
package enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    case flag
    case environment
    case file(String)
    case `default`

    package var description: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .file(let path): "file \(path.onOneLine)"
        case .default: "default"
        }
    }
}

/// A value as someone wrote it, under the name they used.
struct GivenValue {
    let name: String
    let text: String
    let origin: SettingOrigin
}
