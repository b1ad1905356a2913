import ArgumentParser
import SQLiteStore

/// Looks into a store's file, also while a server has it open.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Look into a store's file, also while a server has it open.",
        subcommands: [CheckCommand.self, ExportCommand.self])

    struct CheckCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Say what is in a store, and exit with 0 if it is sound, with 1 otherwise.")

        @Argument(help: ArgumentHelp("The file that STORE names.", valueName: "file")) var path: String

        func run() throws {
            let check = try StoreCommand.reading(self.path) { () throws(StoreFault) in try StoreCheck(self.path) }
            let width = check.figures.map(\.name.count).max() ?? 0
            for (name, value) in check.figures { print(name + String(repeating: " ", count: width + 2 - name.count) + value) }
            for fault in check.faults { print(fault) }
            guard check.faults.isEmpty else { throw CommandFailure("\(self.path): is not sound") }
            print("sound")
        }
    }

    struct ExportCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Print what is in a store, a line of JSON for each code, redemption, room and item.",
            discussion: "Codes and rooms' names let whoever knows them in. Of addresses only the network is printed, and no key.")

        @Argument(help: ArgumentHelp("The file that STORE names.", valueName: "file")) var path: String

        @Flag(help: "Print what is in the items, too, and not only its size.") var payloads = false

        func run() throws {
            try StoreCommand.reading(self.path) { () throws(StoreFault) in
                try StoreExport(self.path, payloads: self.payloads).forEachLine { print($0) }
            }
        }
    }

    private static func reading<Result>(_ path: String, _ body: () throws(StoreFault) -> Result) throws(CommandFailure) -> Result {
        do { return try body() } catch { throw CommandFailure("\(path): \(error.description)") }
    }
}
