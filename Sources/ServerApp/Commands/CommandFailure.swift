/// Ends a command: the parser prints "Error: " and this line on standard error, and exits with code 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
