import NIOCore

/// What a response's head says besides the response's own.
struct ResponseSurroundings {
    var unixSeconds: Double
    /// To HEAD the body is only announced.
    var omitsBody: Bool
    var keepsAlive: Bool
}

extension ByteBuffer {
    /// Writes a response to this request, if one was understood, as HTTP/1.1.
    mutating func write(
        _ response: HTTPResponse, to head: RequestHead?, _ surroundings: ResponseSurroundings, _ cors: CORSPolicy, dates: DateLine
    ) {
        self.writeStaticString("HTTP/1.1 ")
        self.writeNumber(response.status.code)
        self.writeStaticString(" ")
        self.writeStaticString(response.status.reason)
        dates.write(at: surroundings.unixSeconds, into: &self)
        if let type = response.contentType {
            self.writeStaticString("\r\nContent-Type: ")
            self.writeString(type)
        }
        if let length = response.length {
            self.writeStaticString("\r\nContent-Length: ")
            self.writeNumber(length)
        }
        for field in response.fields { self.writeField(field.name, field.value) }
        if !response.isStorable { self.writeStaticString("\r\nCache-Control: no-store") }
        // Who may read a file does not depend on who asks.
        if let head, !response.isFile { cors.writeFields(for: head, into: &self) }
        if surroundings.keepsAlive {
            self.writeStaticString("\r\n\r\n")
        } else {
            self.writeStaticString("\r\nConnection: close\r\n\r\n")
        }
        if surroundings.omitsBody { return }
        switch response.body {
        case .text(let text): self.writeString(text)
        case .bytes(let bytes): self.writeImmutableBuffer(bytes)
        case .file(let file): self.writeImmutableBuffer(file.body)
        case .notModified: break
        }
    }

    mutating func writeField(_ name: String, _ value: String) {
        self.writeStaticString("\r\n")
        self.writeString(name)
        self.writeStaticString(": ")
        self.writeString(value)
    }

    /// Decimal digits; `number` is not negative.
    mutating func writeNumber(_ number: Int) {
        var unit = 1
        while number / unit >= 10 { unit *= 10 }
        while unit > 0 {
            self.writeInteger(UInt8(truncatingIfNeeded: 0x30 + number / unit % 10))
            unit /= 10
        }
    }
}

extension HTTPResponse {
    fileprivate var isFile: Bool {
        switch self.body {
        case .text, .bytes: false
        case .file, .notModified: true
        }
    }

    /// Of the body, as Content-Length says it; nil where there is none to speak of.
    fileprivate var length: Int? {
        // RFC 9110 section 8.6: no Content-Length with 204.
        if self.status == .noContent { return nil }
        switch self.body {
        case .text(let text): return text.utf8.count
        case .bytes(let bytes): return bytes.readableBytes
        case .file(let file): return file.body.readableBytes
        case .notModified: return nil
        }
    }
}
