#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads small files.
package enum FileContents {
    package struct Failure: Error {
        /// The end of a sentence that begins with the file's path.
        package let reason: String
        package var isMissing = false
    }

    package static func read(_ path: String, atMost limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unreadable(errno) }
        defer { _ = close(descriptor) }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = chunk.withUnsafeMutableBytes { space in
                // The pointer is used only within this closure, and for no more bytes than the buffer has.
                systemRead(descriptor, space.baseAddress, space.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.unreadable(errno) }
            if count == 0 { return contents }
            contents += chunk.prefix(count)
            guard contents.count <= limit else { throw Failure(reason: "is larger than \(limit) bytes") }
        }
    }

    private static func unreadable(_ code: CInt) -> Failure {
        Failure(reason: "cannot be read: \(String(cString: strerror(code)))", isMissing: code == ENOENT || code == ENOTDIR)
    }
}

/// The C library's `read`, which a method of the same name would hide.
private func systemRead(_ descriptor: CInt, _ space: UnsafeMutableRawPointer?, _ count: Int) -> Int { read(descriptor, space, count) }
