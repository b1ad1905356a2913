package import NIOCore

/// The `Date` header field as bytes, made once a second for all connections of a loop. Used on its loop only.
package final class DateLine {
    private var second = -1.0
    private var line: [UInt8] = []

    package init() {}

    /// `\r\nDate: …`, without the end of the line.
    package func write(at unixSeconds: Double, into buffer: inout ByteBuffer) {
        let second = unixSeconds.rounded(.down)
        if second != self.second {
            self.second = second
            var line = ByteBuffer()
            line.writeStaticString("\r\nDate: ")
            UTCTime(unixSeconds: second).writeHTTPDate(into: &line)
            self.line = Array(line.readableBytesView)
        }
        buffer.writeBytes(self.line)
    }
}
