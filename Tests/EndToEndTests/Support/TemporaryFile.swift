import SignalingTestKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file for one test; without contents there is none at its path.
struct TemporaryFile {
    let path: String

    init(_ contents: String?) throws {
        var template = [CChar]("/tmp/nt-test-XXXXXX".utf8.map { CChar($0) } + [0])
        let descriptor = mkstemp(&template)
        self.path = String(decoding: template.dropLast().map { UInt8($0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw SocketFailure.unexpected("no temporary file") }
        defer { close(descriptor) }
        guard let contents else {
            self.remove()
            return
        }
        let bytes = Array(contents.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw SocketFailure.unexpected("no temporary file") }
    }

    /// Puts another file in its place, in one step.
    func replace(with contents: String) throws {
        let other = try TemporaryFile(contents)
        guard rename(other.path, self.path) == 0 else { throw SocketFailure.unexpected("no temporary file") }
    }

    func remove() { unlink(self.path) }
}
