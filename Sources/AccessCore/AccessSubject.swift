/// Who somebody is that may use the server: what limits and shares count as one client, from whatever addresses it comes.
package struct AccessSubject: Sendable, Hashable {
    /// Who says so. The same name is another subject by another.
    package enum Source: String, Sendable { case key, jwt, webhook }

    package let source: Source
    package let name: String

    /// Bytes of a name.
    package static let longestName = 256

    /// Nil for a name that is empty or too long.
    package init?(_ source: Source, _ name: String) {
        guard (1...Self.longestName).contains(name.utf8.count) else { return nil }
        self.source = source
        self.name = name
    }

    package var text: String { "\(self.source.rawValue):\(self.name)" }
}
