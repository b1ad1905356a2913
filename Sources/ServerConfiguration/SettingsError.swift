/// Why the server does not start, on one line.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let description: String

    static func badValue(of setting: any SettingRow, _ given: GivenValue, _ reason: String) -> Self {
        Self(description: "\(given.name)=\(setting.excerpt(of: given.text)) (\(given.origin)): \(reason)")
    }

    static func file(_ path: String, _ reason: String) -> Self {
        Self(description: "\(path.onOneLine): \(reason)")
    }

    static func file(_ path: String, line: Int, _ reason: String) -> Self {
        Self(description: "\(path.onOneLine):\(line): \(reason)")
    }
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
