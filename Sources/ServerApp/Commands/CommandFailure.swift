/// Ends a command: the parser prints "Error: " and this line on standard error, and exits with code 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Each line looks as if it were the only one.
    init(lines: [String]) { self.description = lines.joined(separator: "\nError: ") }
}
