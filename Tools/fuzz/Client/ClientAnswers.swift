import SignalingClient

/// What is made of responses. Foundation reads them, and takes some that are no JSON: what matters is what comes of them.
enum ClientAnswers {
    private static let longest = Duration.seconds(86_400)

    /// A body with status 200, of a mint or a redeem.
    static func room(_ body: [UInt8]) throws {
        let address = try ServerAddress("http://127.0.0.1:1")
        let answer: RoomAnswer
        do throws(ClientError) {
            answer = try RoomAnswer.read(TransportResponse(status: 200, body: body), from: address)
        } catch {
            return try expect(error.code == .protocolError, "\(shown(body)) is refused as \(error)")
        }
        let room = answer.room(.b)
        let isUUID = (try? #/[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/#.wholeMatch(in: room.appID)) != nil
        try expect(isUUID, "\(shown(body)) has the room \(room.appID)")
        try expect(room.iceServers.count <= 32 && room.iceServers.allSatisfy { $0.urls.count <= 32 }, "\(shown(body)) has many servers")
        try expect(room.expiresInMs ?? 0 <= 86_400_000, "\(shown(body)) lives for \(room.expiresInMs ?? 0) ms")
    }

    /// A status, Retry-After and the body, a line each.
    static func refusal(_ input: [UInt8]) throws {
        let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
        let status = lines.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 500
        let retryAfter = lines.count > 1 && !lines[1].isEmpty ? String(decoding: lines[1], as: UTF8.self) : nil
        let body = lines.count > 2 ? Array(lines[2]) : []
        let error = ServerQuestions.refusal(
            TransportResponse(status: status, retryAfter: retryAfter, body: body), [410: .codeGone, 429: .tooManyGuesses])
        let expected: ClientError.Code = status == 410 ? .codeGone : status == 429 ? .tooManyGuesses : .serverError
        try expect(error.code == expected && error.advice != nil, "\(shown(input)) is \(error)")
        try expect(error.problem?.status == status, "\(shown(input)) is \(error)")
        let wait = error.retryAfter ?? .zero
        try expect(wait >= .zero && wait <= self.longest, "\(shown(input)) waits for \(wait)")
    }
}
