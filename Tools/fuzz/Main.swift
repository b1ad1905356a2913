import Foundation

/// `fuzz list`, `fuzz replay [--each] [TARGET…]`, `fuzz vary COUNT [TARGET…]`, `fuzz one TARGET FILE…` and, in a build with libFuzzer,
/// `fuzz TARGET [brief] [libFuzzer's arguments]`. docs/testing.md says how to use it; `scripts/fuzz` builds and runs it.
@main
enum Main {
    static func main() {
        do {
            try self.run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("fuzz: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        var arguments = arguments
        #if LIBFUZZER
        if let name = LibFuzzer.inheritedTarget, arguments.first?.hasPrefix("-") == true { arguments.insert(name, at: 0) }
        #endif
        switch arguments.isEmpty ? "help" : arguments.removeFirst() {
        case "list":
            for target in FuzzTarget.all { print(target.name) }
        case "replay":
            let namesEach = arguments.first == "--each"
            if namesEach { arguments.removeFirst() }
            exit(try Corpus.replay(self.targets(arguments), from: self.fuzzing("corpus"), namesEach: namesEach) ? 0 : 1)
        case "vary":
            guard let count = arguments.first.flatMap({ Int($0) }), count > 0 else { throw Finding("fuzz vary COUNT [TARGET…]") }
            let targets = try self.targets(Array(arguments.dropFirst()))
            exit(try Variations.run(targets, from: self.fuzzing("corpus"), count: count, findings: self.fuzzing("findings")) ? 0 : 1)
        case "one":
            guard arguments.count >= 2 else { throw Finding("fuzz one TARGET FILE…") }
            let check = try self.target(arguments.removeFirst()).makeCheck()
            for path in arguments {
                try check([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
                print("\(path): holds")
            }
        case let name:
            guard let target = FuzzTarget.named(name) else { throw Finding(self.usage) }
            #if LIBFUZZER
            exit(LibFuzzer.run(target, arguments: arguments))
            #else
            throw Finding("this build can only replay \(target.name); scripts/fuzz builds one that searches")
            #endif
        }
    }

    /// Those that are named, or all.
    private static func targets(_ names: [String]) throws -> [FuzzTarget] { try names.isEmpty ? FuzzTarget.all : names.map(self.target) }

    private static func target(_ name: String) throws -> FuzzTarget {
        guard let target = FuzzTarget.named(name) else { throw Finding("no target named \(name)\n\(self.usage)") }
        return target
    }

    /// A folder of Fuzzing. This file lies in Tools/fuzz.
    private static func fuzzing(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Fuzzing/\(name)").standardized
    }

    private static var usage: String {
        let targets = FuzzTarget.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n")
        return """
            fuzz list | replay [--each] [TARGET…] | vary COUNT [TARGET…] | one TARGET FILE… | TARGET [brief] [libFuzzer's arguments]
            \(targets)
            """
    }
}
