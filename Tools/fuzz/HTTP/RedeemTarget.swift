import Foundation
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import TimeKeeping

extension FuzzTarget {
    /// The first byte's lowest bit chooses between redeeming and minting; the rest is the body. 2802 in it stands for a code that is good.
    static let redeem = FuzzTarget(
        name: "redeem", summary: "bodies of /rendezvous/redeem and /rendezvous/code against Foundation's JSON parser",
        maxLength: 1024, briefRuns: 40_000,
        makeCheck: {
            let check = RedeemCheck(bench: HTTPBench(dev: true))
            return { input in
                var cursor = InputCursor(input)
                let choices = cursor.byte()
                if choices & 1 == 0 { try check.redeem(cursor.all(), choices) } else { try check.mint(cursor.all()) }
                try check.bench.expectNothingLeft()
            }
        })
}

/// What a body asks for is what Foundation reads in it.
struct RedeemCheck {
    let bench: HTTPBench

    func redeem(_ body: [UInt8], _ choices: UInt8) throws {
        let loop = self.bench.signaling.loop(self.bench.context)
        guard case .minted(let code, _, _) = self.bench.signaling.codes.mint(ttl: nil, client: .v4(1), loop) else {
            throw Finding("no code is free")
        }
        let body = Self.replace(Array("2802".utf8), by: Array(code.text.utf8), in: body)
        let type = choices & 2 == 0 ? "application/json" : "text/plain"
        let digits = self.digits(body)
        let name = self.name(body)
        let expected = choices & 2 != 0 ? 415 : digits == nil || name == .malformed ? 400 : digits == code.text ? 200 : 410
        let response = try self.post("/rendezvous/redeem", body, type: type)
        try expect(
            response.status == expected, "\(shown(body)) was answered \(response.status); Foundation reads the code \(digits ?? "none")")
        guard expected == 200 else { return }
        let again = try self.post("/rendezvous/redeem", body, type: type)
        guard name == .named else { return try expect(again.status == 410, "a code was redeemed twice: \(again.status)") }
        try expect(again.status == 200 && again.body == response.body, "asked again, the response was \(again.status)")
        let other = try self.post("/rendezvous/redeem", Array(#"{"code":"\#(code.text)"}"#.utf8), type: type)
        try expect(other.status == 410, "a code was redeemed twice: \(other.status)")
    }

    func mint(_ body: [UInt8]) throws {
        let ttl = self.ttl(body)
        let response = try self.post("/rendezvous/code", body, type: "text/plain")
        try expect(
            response.status == (ttl == nil ? 400 : 200),
            "\(shown(body)) was answered \(response.status); Foundation reads \(String(describing: ttl))")
        guard let ttl, let json = PlainJSON(response.body), let text = json["expiresAt"]?.text else { return }
        guard let expiry = try? Date(text, strategy: .iso8601).timeIntervalSince1970 else { throw Finding("expiresAt is \(text)") }
        let life = min(ttl, HTTPBench.codeTTL.seconds)
        try expect(abs(expiry - HTTPBench.unixSeconds - life) <= 1, "a code for \(ttl) s expires at \(text)")
        try expect(Code((json["code"]?.text ?? "").utf8)?.digits == 4, "the code is \(String(describing: json["code"]))")
    }

    private func post(_ target: String, _ body: [UInt8], type: String) throws -> ReceivedResponse {
        let client = self.bench.connect()
        let head = "POST \(target) HTTP/1.1\r\nHost: h\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
        client.send(Array(head.utf8) + body)
        let responses = try ReceivedResponse.parse(client.received()).responses
        client.drop()
        guard responses.count == 1 else { throw Finding("one request was answered with \(responses.map(\.status))") }
        return responses[0]
    }

    // MARK: - What Foundation reads

    /// The code, if it is four to eight ASCII digits.
    private func digits(_ body: [UInt8]) -> String? {
        guard case .object(let members) = FoundationJSON.readByContract(body).reading, let code = members["code"] as? String else {
            return nil
        }
        let isCode = (4...8).contains(code.utf8.count) && code.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isCode ? code : nil
    }

    private enum Name { case none, named, malformed }

    /// Of the attempt: 16 to 64 letters, digits, `-` and `_`.
    private func name(_ body: [UInt8]) -> Name {
        guard case .object(let members) = FoundationJSON.readByContract(body).reading, let id = members["id"] else { return .none }
        guard let id = id as? String, (16...64).contains(id.utf8.count) else { return .malformed }
        let isName = id.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
        return isName ? .named : .malformed
    }

    /// Seconds; infinite where none are asked for, nil where the body is not what it should be.
    private func ttl(_ body: [UInt8]) -> Double? {
        if body.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return .infinity }
        guard case .object(let members) = FoundationJSON.readByContract(body).reading else { return nil }
        guard let ttl = members["ttl"] else { return .infinity }
        let spelling = FoundationJSON.spelling(of: ttl)
        guard let first = spelling.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else { return nil }
        guard let seconds = (ttl as? NSNumber)?.doubleValue, seconds > 0 else { return nil }
        return seconds
    }

    private static func replace(_ old: [UInt8], by new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if rest.starts(with: old) {
                result += new
                rest = rest.dropFirst(old.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
