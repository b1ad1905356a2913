import AccessCore
import ArgumentParser
import SignalingRuntime

/// Makes keys for AUTH=key.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make keys for AUTH=key.", subcommands: [NewCommand.self])

    struct NewCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Print a new key, and the line for API_KEYS_FILE that lets it in.",
            discussion:
                "The key comes first: it is for its holder, and is printed this once. The line is no secret: the key cannot be made of it.")

        @Argument(help: ArgumentHelp("Whose key it is: up to 64 letters, digits and . _ - @", valueName: "name")) var name: String

        func run() throws {
            guard APIKeys.isName(self.name) else { throw CommandFailure("\(self.name): \(APIKeys.nameRule)") }
            var random = RandomSource.system
            let key = APIKey((0..<APIKey.length / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } })
            print(key.text)
            print("\(self.name) \(key.digest.hex)")
        }
    }
}
