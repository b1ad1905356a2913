import Foundation

/// More than any description, and any message in base64.
let longestLine = 1 << 20

/// Reads lines on a thread of its own, and hands over one after the other. A line that is too long is taken for the end.
func readLines(of file: FileHandle, line: @escaping @Sendable (Data) -> Void, end: @escaping @Sendable () -> Void) {
    let newline = UInt8(ascii: "\n")
    Thread {
        var rest = Data()
        while rest.count <= longestLine {
            let read = file.availableData
            if read.isEmpty { break }
            rest.append(read)
            while let index = rest.firstIndex(of: newline) {
                line(Data(rest[..<index]))
                rest = Data(rest[(index + 1)...])
            }
        }
        end()
    }.start()
}
