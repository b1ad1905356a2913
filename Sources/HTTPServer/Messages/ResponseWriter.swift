import ByteScan
import NIOCore

/// What the head of a response depends on besides the response.
struct ResponseSurroundings {
    var unixSeconds: Double
    /// In response to HEAD: the body is announced, and not sent.
    var omitsBody: Bool
    var keepsAlive: Bool
    /// Which pages of other origins may read it.
    var permission: CORSPolicy.Permission
    /// The value of Strict-Transport-Security.
    var strictTransport: String?
}

extension ByteBuffer {
    /// Writes a response as HTTP/1.1.
    mutating func write(_ response: HTTPResponse, _ surroundings: ResponseSurroundings, dates: DateLine) {
        self.writeStaticString("HTTP/1.1 ")
        self.writeStaticString(response.status.line)
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
        // A file's own fields say who may read it.
        if !response.isFile { self.writeFields(surroundings.permission) }
        if let value = surroundings.strictTransport { self.writeField("Strict-Transport-Security", value) }
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

    private mutating func writeFields(_ permission: CORSPolicy.Permission) {
        switch permission {
        case .notAsked: break
        case .all: self.writeStaticString("\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Retry-After")
        // Where the response depends on the Origin, caches must not use it for another, whether or not it was allowed.
        case .only(let origin):
            self.writeStaticString("\r\nAccess-Control-Allow-Origin: ")
            self.writeString(origin)
            self.writeStaticString("\r\nAccess-Control-Expose-Headers: Retry-After\r\nVary: Origin")
        case .refused: self.writeStaticString("\r\nVary: Origin")
        }
    }

    private mutating func writeField(_ name: String, _ value: String) {
        self.writeStaticString("\r\n")
        self.writeString(name)
        self.writeStaticString(": ")
        self.writeString(value)
    }

    /// Decimal digits; `number` is not negative.
    package mutating func writeNumber(_ number: Int) {
        guard number < 100_000_000 else {
            self.writeString(String(number))
            return
        }
        let digits = Decimal.digits(UInt32(number))
        let zeros = min(7, (digits ^ 0x3030_3030_3030_3030).leadingZeroBitCount / 8)
        // One write for all; the bytes behind the digits are taken back.
        self.writeInteger(digits << UInt64(zeros * 8))
        self.moveWriterIndex(to: self.writerIndex - zeros)
    }
}

extension HTTPResponse {
    fileprivate var isFile: Bool {
        switch self.body {
        case .text, .bytes: false
        case .file, .notModified: true
        }
    }

    /// The value of Content-Length; nil if that is left out.
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
