/// The limit on open files, and the connections it is for.
package enum DescriptorRules {
    package static let tooFew = Finding(
        .warning, .descriptorsFew, "MAX_CONNECTIONS", "MAX_CONNECTIONS is more than the limit on open files allows",
        "raise that one (ulimit -n, LimitNOFILE)")

    /// - Parameters:
    ///   - asked: MAX_CONNECTIONS; 0 for as many as there can be.
    ///   - possible: WebSockets that the limit allows.
    package static func finding(asked: Int, possible: Int, limit: Int) -> Finding {
        if asked > possible { return Self.tooFew }
        return Finding(.info, .descriptors, "MAX_CONNECTIONS", "up to \(possible) WebSockets at once: the limit on open files is \(limit)")
    }
}
