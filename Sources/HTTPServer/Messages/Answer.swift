import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingWire

/// What a request is answered with. The two that nearly all requests get are kept as what they say, and become bytes where they are sent.
enum Answer {
    case response(HTTPResponse)
    case minted(Code, RoomID, expiresAt: UTCTime)
    case redeemed(RoomID, expiresAt: UTCTime)
    case file(StaticFile)
    /// The client has the file already.
    case notModified(StaticFile)

    var status: Int {
        switch self {
        case .response(let response): response.status
        case .minted, .redeemed, .file: 200
        case .notModified: 304
        }
    }

    var closes: Bool {
        if case .response(let response) = self { return response.closes }
        return false
    }
}

extension ByteBuffer {
    /// Writes an answer to this request, if one was understood, as HTTP/1.1.
    mutating func write(
        _ answer: Answer, to head: RequestHead?, _ surroundings: AnswerSurroundings, _ cors: CORSPolicy, dates: DateLine
    ) {
        switch answer {
        case .response(let response):
            // RFC 9110 section 8.6: no Content-Length with 204.
            let length = response.status == 204 ? nil : response.body.utf8.count
            self.writeHead(response.status, type: response.contentType, length: length, response.fields, surroundings, dates)
            self.writeEnd(head, surroundings, cors)
            if !surroundings.omitsBody { self.writeString(response.body) }
        case .minted(let code, let room, let expiresAt):
            self.writeRoomHead(length: CodeText.minted(digits: code.digits), surroundings, dates)
            self.writeEnd(head, surroundings, cors)
            self.writeStaticString(CodeText.code)
            code.write(into: &self)
            self.writeStaticString(CodeText.nextRoom)
            self.writeRoom(room, expiresAt)
        case .redeemed(let room, let expiresAt):
            self.writeRoomHead(length: CodeText.redeemed, surroundings, dates)
            self.writeEnd(head, surroundings, cors)
            self.writeStaticString(CodeText.room)
            self.writeRoom(room, expiresAt)
        case .file(let file):
            let fields = file.fields + file.bodyFields
            self.writeHead(200, type: file.contentType, length: file.body.readableBytes, fields, surroundings, dates)
            // Who may read it does not depend on who asks.
            self.writeEnd(nil, surroundings, cors)
            if !surroundings.omitsBody { self.writeImmutableBuffer(file.body) }
        case .notModified(let file):
            self.writeHead(304, type: nil, length: nil, file.fields, surroundings, dates)
            self.writeEnd(nil, surroundings, cors)
        }
    }

    private mutating func writeRoomHead(length: Int, _ surroundings: AnswerSurroundings, _ dates: DateLine) {
        self.writeStaticString("HTTP/1.1 200 OK")
        dates.write(at: surroundings.unixSeconds, into: &self)
        self.writeStaticString("\r\nContent-Type: application/json\r\nContent-Length: ")
        self.writeNumber(length)
        self.writeStaticString("\r\nCache-Control: no-store")
    }

    /// What pages of other origins may read, whether the connection goes on, and the empty line.
    private mutating func writeEnd(_ head: RequestHead?, _ surroundings: AnswerSurroundings, _ cors: CORSPolicy) {
        if let head { cors.writeFields(for: head, into: &self) }
        if surroundings.keepsAlive {
            self.writeStaticString("\r\n\r\n")
        } else {
            self.writeStaticString("\r\nConnection: close\r\n\r\n")
        }
    }

    private mutating func writeRoom(_ room: RoomID, _ expiresAt: UTCTime) {
        room.write(into: &self)
        self.writeStaticString(CodeText.expiresAt)
        expiresAt.writeTimestamp(into: &self)
        self.writeStaticString(CodeText.end)
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

/// The fixed parts of the bodies that name a room.
private enum CodeText {
    static let code: StaticString = #"{"code":""#
    static let nextRoom: StaticString = #"","appID":""#
    static let room: StaticString = #"{"appID":""#
    static let expiresAt: StaticString = #"","expiresAt":""#
    static let end: StaticString = #""}"#

    private static let afterRoom = 36 + Self.expiresAt.utf8CodeUnitCount + UTCTime.timestampLength + Self.end.utf8CodeUnitCount

    static let redeemed = Self.room.utf8CodeUnitCount + Self.afterRoom

    static func minted(digits: Int) -> Int {
        Self.code.utf8CodeUnitCount + digits + Self.nextRoom.utf8CodeUnitCount + Self.afterRoom
    }
}
