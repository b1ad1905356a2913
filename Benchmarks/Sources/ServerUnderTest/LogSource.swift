import Foundation

/// What a server's log is written to, seen from the reader's end.
enum LogSource {
    case pipe(Pipe)
    /// A file without a name, which goes when both ends have closed it.
    case file(FileHandle, read: UInt64 = 0)

    static func temporaryFile() throws -> LogSource {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("server-log-\(UUID().uuidString)").path
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forUpdatingAtPath: path) else {
            throw ServerProcess.Failure.didNotStart("its log could not be created at \(path)")
        }
        try FileManager.default.removeItem(atPath: path)
        return .file(file)
    }

    /// For a process's standard output and error.
    var target: Any {
        switch self {
        case .pipe(let pipe): pipe
        case .file(let file, _): file
        }
    }

    /// What was written since; nothing where there will be no more.
    mutating func next(while isWriting: () -> Bool) throws -> Data {
        switch self {
        case .pipe(let pipe): return pipe.fileHandleForReading.availableData
        case .file(let file, let offset):
            while true {
                let hasEnded = !isWriting()
                // The writer has the same descriptor, and with it the same place in the file: that must be at its end whenever it writes.
                var bytes = [UInt8](repeating: 0, count: 1 << 16)
                let count = pread(file.fileDescriptor, &bytes, bytes.count, off_t(offset))
                if count > 0 {
                    self = .file(file, read: offset + UInt64(count))
                    return Data(bytes.prefix(count))
                }
                if hasEnded { return Data() }
                Thread.sleep(forTimeInterval: 0.002)
            }
        }
    }
}
