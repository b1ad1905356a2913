import NIOCore

extension HTTPResponse {
    /// The answer as HTTP/1.1 bytes. To a HEAD request the body is only announced.
    func write(date: String, keepsAlive: Bool, omitsBody: Bool, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(self.status))
        buffer.writeStaticString(" ")
        buffer.writeString(Self.reason(self.status))
        buffer.writeStaticString("\r\nDate: ")
        buffer.writeString(date)
        if let contentType = self.contentType {
            buffer.writeStaticString("\r\nContent-Type: ")
            buffer.writeString(contentType)
        }
        // RFC 9110 section 8.6: no Content-Length with 204.
        if self.status != 204 {
            buffer.writeStaticString("\r\nContent-Length: ")
            buffer.writeString(String(self.body.utf8.count))
        }
        for field in self.fields { buffer.writeField(field.name, field.value) }
        if !keepsAlive { buffer.writeStaticString("\r\nConnection: close") }
        buffer.writeStaticString("\r\n\r\n")
        if !omitsBody { buffer.writeString(self.body) }
    }
}

extension ByteBuffer {
    mutating func writeField(_ name: String, _ value: String) {
        self.writeStaticString("\r\n")
        self.writeString(name)
        self.writeStaticString(": ")
        self.writeString(value)
    }
}
