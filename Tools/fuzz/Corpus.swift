import Foundation

/// The inputs kept in `Fuzzing/corpus`, a folder a target.
enum Corpus {
    /// Runs every input of the targets; returns whether all of them hold. `namesEach`: says which one runs, for when one crashes.
    static func replay(_ targets: [FuzzTarget], from root: URL, namesEach: Bool) throws -> Bool {
        var failures = 0
        for target in targets {
            let files = try self.files(in: root.appendingPathComponent(target.name))
            try expect(!files.isEmpty, "\(root.path)/\(target.name) holds no inputs")
            let check = target.makeCheck()
            let start = Date()
            var bytes = 0
            for file in files {
                if namesEach { FileHandle.standardOutput.write(Data("\(target.name)/\(file.lastPathComponent)\n".utf8)) }
                let input = [UInt8](try Data(contentsOf: file))
                bytes += input.count
                do {
                    try check(input)
                } catch {
                    failures += 1
                    print("\(target.name)/\(file.lastPathComponent): \(error)")
                }
            }
            let seconds = String(format: "%.1f", Date().timeIntervalSince(start))
            print("\(target.name): \(files.count) inputs, \(bytes) bytes, \(seconds) s")
        }
        print(failures == 0 ? "every input holds" : "\(failures) inputs break a property")
        return failures == 0
    }

    static func files(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { !$0.lastPathComponent.hasPrefix(".") }
            .sorted { $0.path < $1.path }
    }
}
