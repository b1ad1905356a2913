import NIOCore
import SignalingRuntime

/// What an answer's head says besides the answer's own.
struct AnswerSurroundings {
    var unixSeconds: Double
    /// To HEAD the body is only announced.
    var omitsBody: Bool
    var keepsAlive: Bool
}

extension ByteBuffer {
    /// The status line and the fields of the answer's own.
    mutating func writeHead(
        _ status: Int, type: String?, length: Int?, _ fields: [HTTPResponse.HTTPField], _ surroundings: AnswerSurroundings,
        _ dates: DateLine
    ) {
        self.writeStaticString("HTTP/1.1 ")
        self.writeNumber(status)
        self.writeStaticString(" ")
        self.writeString(HTTPResponse.reason(status))
        dates.write(at: surroundings.unixSeconds, into: &self)
        if let type {
            self.writeStaticString("\r\nContent-Type: ")
            self.writeString(type)
        }
        if let length {
            self.writeStaticString("\r\nContent-Length: ")
            self.writeNumber(length)
        }
        for field in fields { self.writeField(field.name, field.value) }
    }

    mutating func writeField(_ name: String, _ value: String) {
        self.writeStaticString("\r\n")
        self.writeString(name)
        self.writeStaticString(": ")
        self.writeString(value)
    }
}
