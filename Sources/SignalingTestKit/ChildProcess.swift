import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A command under way; what it prints goes to a file. It does not outlive this object.
package final class ChildProcess: Sendable {
    package struct Failure: Error { var command: String; var status: Int32 }

    private let pid: pid_t
    private let folder: String
    private var outputFile: String { self.folder + "/output" }
    private let hasEnded = Atomic<Bool>(false)

    /// `environment` is all it has, but for PATH.
    package init(_ words: [String], environment: [String: String] = [:]) throws {
        let folder = try Self.temporaryFolder()
        self.folder = folder
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, folder + "/output", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let path = getenv("PATH").map { "PATH=" + String(cString: $0) } ?? "PATH=/usr/bin:/bin"
        var arguments = Self.terminated(words)
        var variables = Self.terminated([path] + environment.map { "\($0)=\($1)" })
        defer { for text in arguments + variables { free(text) } }
        var child = pid_t()
        let failure = posix_spawnp(&child, words[0], &actions, nil, &arguments, &variables)
        guard failure == 0 else { throw Failure(command: words[0], status: failure) }
        self.pid = child
    }

    deinit {
        if !self.hasEnded.load(ordering: .relaxed) {
            kill(self.pid, SIGKILL)
            waitpid(self.pid, nil, 0)
        }
        unlink(self.outputFile)
        rmdir(self.folder)
    }

    /// C strings, to be freed, and the null pointer that ends them.
    private static func terminated(_ words: [String]) -> [UnsafeMutablePointer<CChar>?] { words.map { strdup($0) } + [nil] }

    package static func temporaryFolder() throws -> String {
        var template = Array("/tmp/nt-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(command: "mkdtemp", status: errno) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package func signal(_ number: Int32) { kill(self.pid, number) }

    /// The exit code, or 128 and the number of the signal that ended it, as shells count.
    package func waitForEnd() async throws -> Int32 {
        var status: Int32 = 0
        try await eventually("the command ends") { waitpid(self.pid, &status, WNOHANG) == self.pid }
        self.hasEnded.store(true, ordering: .relaxed)
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    package var output: String {
        guard let file = fopen(self.outputFile, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
