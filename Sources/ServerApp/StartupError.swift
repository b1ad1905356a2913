package import SetupCore

/// Why the server did not start: a line for each thing that has to change.
package struct StartupError: Error, CustomStringConvertible {
    package let findings: [Finding]

    package var description: String { self.findings.map(\.line).joined(separator: "\n") }

    package init(_ findings: [Finding]) { self.findings = findings }

    /// - Parameter line: Begins with the variable, and says what to change.
    package init(_ line: String) {
        let variable = line.prefix { $0 != "=" && $0 != ":" && $0 != " " }
        self.init([Finding(.fault, .startRefused, String(variable), line)])
    }

    /// A file that a setting names, and whose contents will not do.
    ///
    /// - Parameter remedy: What it must hold, or what is to be changed in it.
    init(unusable path: String, of variable: String, _ remedy: String) {
        self.init([Finding(.fault, .fileUnusable, variable, "\(variable)=\(path)", remedy, joint: ": ")])
    }
}
