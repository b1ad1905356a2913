@testable import ServerConfiguration

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The line a load ends with, or nil where it succeeds.
func refusal(flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil) -> String? {
    do throws(SettingsError) {
        _ = try SettingsLoader.load(flags: flags, environment: environment, file: file)
        return nil
    } catch {
        return error.description
    }
}

/// A file that is there for as long as `body` runs.
func withFile<Result>(_ contents: [UInt8], _ body: (_ path: String) throws -> Result) throws -> Result {
    var template = [CChar]("/tmp/nt-settings-XXXXXX".utf8.map { CChar($0) } + [0])
    let descriptor = mkstemp(&template)
    let path = String(decoding: template.dropLast().map { UInt8($0) }, as: UTF8.self)
    defer { unlink(path) }
    guard descriptor >= 0, write(descriptor, contents, contents.count) == contents.count else { throw FileFailure() }
    close(descriptor)
    return try body(path)
}

func withFile<Result>(_ contents: String, _ body: (_ path: String) throws -> Result) throws -> Result {
    try withFile([UInt8](contents.utf8), body)
}

struct FileFailure: Error {}
