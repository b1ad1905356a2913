import Foundation
import SignalingClient
import SignalingClientNIO

/// Frames of somebody who does not know the secret, a line each: nothing of theirs is ever applied.
enum ClientProofs {
    static func run(_ input: [UInt8]) throws {
        let lines = input.split(separator: UInt8(ascii: "\n")).prefix(32)
        let frames = lines.compactMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0)) }
        for side in [Side.a, .b] { try self.run(frames, at: side, of: input) }
    }

    private static func run(_ frames: [JSONValue], at side: Side, of input: [UInt8]) throws {
        var pairing = try VerifiedPairing(
            side: side, room: "c0a80101-0000-4000-8000-000000000001", secrets: [.words("crossword-clockwork")], spent: SpentSecrets(),
            crypto: SwiftCryptoPairing(), random: { [UInt8](repeating: 7, count: $0) })
        var steps = pairing.connected()
        for frame in frames {
            let wasOver = pairing.state == .ended
            let answer = pairing.received(frame)
            try expect(answer.count <= 2, "\(shown(input)) has \(answer.count) steps at side \(side.rawValue)")
            try expect(!wasOver || answer.isEmpty, "\(shown(input)): something follows the end at side \(side.rawValue)")
            steps += answer
        }
        for step in steps {
            switch step {
            case .proved, .apply: throw Finding("\(shown(input)) is taken for the other side at side \(side.rawValue)")
            case .send, .start, .offer, .forged, .end: break
            }
        }
        let ends = steps.compactMap { if case .end(let code) = $0 { code } else { nil } }
        let known: Set<ClientError.Code> = [.codeMismatch, .peerUnverified, .protocolError, .codeGone]
        try expect(ends.count <= 1 && ends.allSatisfy(known.contains), "\(shown(input)) ends with \(ends)")
        try expect((pairing.state == .ended) == !ends.isEmpty, "\(shown(input)) ends without a word")
    }
}
