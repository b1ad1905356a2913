/// Settings of a server, as the tools' `--setting NAME=value` gives them.
package enum ServerSettings {
    /// Nil where one of them is no NAME=value; of a repeated name the last counts.
    package static func parse(_ arguments: [String]) -> [String: String]? {
        var settings: [String: String] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { return nil }
            settings[String(parts[0])] = String(parts[1])
        }
        return settings
    }
}
