/// Why the server did not start: one line that says what to change.
package struct StartupError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
