/// What becomes of a running server's settings when they are read again.
package struct SettingsChange: Sendable {
    /// Those in force from then on.
    package private(set) var settings: ServerSettings
    /// `NAME=value` of each that is taken; without the value where that is a secret.
    package private(set) var taken: [String] = []
    /// The names of those that wait for the next start. They differ from what runs, whenever they were changed.
    package private(set) var waiting: [String] = []

    package init(running: ServerSettings, read: ServerSettings) {
        self.settings = running
        for row in SettingsCatalogue.all where !row.isEqual(in: running, and: read) {
            let isTaken =
                switch row.reload {
                case .atStart: false
                case .taken: true
                case .replaced: !row.text(in: running).isEmpty && !row.text(in: read).isEmpty
                }
            if isTaken {
                row.copy(from: read, to: &self.settings)
                self.taken.append(row.isSecret ? row.name : "\(row.name)=\(row.excerpt(of: row.text(in: read)))")
            } else {
                self.waiting.append(row.name)
            }
        }
    }
}
