import Foundation
import SignalingClient

/// Tokens to resume from, which a file holds that anybody may have written.
enum ClientTokens {
    private static let largestRef: UInt64 = 9_007_199_254_740_991

    static func run(_ text: [UInt8]) throws {
        guard let token = try? JSONDecoder().decode(ResumeToken.self, from: Data(text)) else { return }
        do throws(ClientError) {
            try token.check()
        } catch {
            return try expect(error.code == .invalidArgument, "\(shown(text)) is refused as \(error)")
        }
        let again = try JSONDecoder().decode(ResumeToken.self, from: try JSONEncoder().encode(token))
        try expect(again == token, "\(shown(text)) is written as another")
        try expect(token.unaccepted.count <= 1_000 && token.lastRef <= self.largestRef, "\(shown(text)) is more than a session keeps")

        var core = SessionCore(sid: token.sid, resuming: token, refFloor: 1)
        core.start(now: .zero)
        core.connected(now: .zero)
        core.received(Array(#"{"type":"mailbox","id":"m","deliveredUpTo":0}"#.utf8), now: .zero)
        // `hello`, and then the items under their own numbers.
        let sent = core.takeActions().compactMap { if case .send(let frame) = $0 { frame } else { nil } }.dropFirst()
        let expected = token.unaccepted.map { SentFrame.send(to: $0.to, payload: Array($0.payload.utf8), ref: $0.ref) }
        try expect(Array(sent) == expected, "of \(shown(text)) other items are sent than it has")
        let refs = core.resumeToken.unaccepted.map(\.ref)
        try expect(refs == token.unaccepted.map(\.ref), "of \(shown(text)) other items wait than it has")
        if let ref = try? core.send(Array("1".utf8), to: .a) {
            try expect(ref > token.lastRef && ref <= self.largestRef, "behind \(shown(text)) comes \(ref)")
        }
    }
}
