import FoundationEssentials
import SignalingClientNIO
import Testing

@testable import SignalingClient

/// Tests/Vectors/verified-pairing.json.
enum Vectors {
    static let root: String = #filePath.components(before: "/Tests/")

    static let all: JSONValue = {
        do {
            return try JSONDecoder().decode(
                JSONValue.self, from: Data(contentsOf: URL(filePath: "\(Self.root)/Tests/Vectors/verified-pairing.json")))
        } catch {
            Issue.record("the vectors cannot be read: \(error)")
            return .null
        }
    }()

    static var pairings: [Vector] { Self.all["vectors"].list.map(Vector.init) }
    static var negatives: [Vector] { Self.all["negatives"].list.map(Vector.init) }
}

struct Vector: Sendable, CustomStringConvertible {
    let json: JSONValue

    var description: String { self.text("name") }

    func text(_ name: String) -> String { self.json[name]?.string ?? "" }
    func bytes(_ name: String) -> [UInt8] { bytesOfHex(self.text(name)) }

    var secret: Secret { self.secret(of: self.text("secret")) }
    func secret(of text: String) -> Secret { self.text("by") == "link" ? .link(text) : .words(text) }

    func machine(_ side: Side, room: String? = nil, secret: String? = nil) throws -> VerifiedPairing {
        let scalar = self.bytes(side == .a ? "ya" : "yb")
        return try VerifiedPairing(
            side: side, room: room ?? self.text("appID"), secrets: [secret.map(self.secret(of:)) ?? self.secret], spent: SpentSecrets(),
            crypto: SwiftCryptoPairing(), random: { _ in scalar })
    }
}

extension Optional where Wrapped == JSONValue {
    var list: [JSONValue] {
        if case .array(let values) = self { values } else { [] }
    }
}

extension JSONValue {
    func with(_ members: [String: JSONValue?]) -> JSONValue {
        guard case .object(var object) = self else { return self }
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    func withPake(_ members: [String: JSONValue?]) -> JSONValue {
        self.with(["pake": (self["pake"] ?? [:]).with(members)])
    }

    var descriptionText: String { self["sdp"]?.string ?? self["sdp"]?["sdp"]?.string ?? "" }
}

func bytesOfHex(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
        UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
    }
}

extension String {
    fileprivate func components(before part: String) -> String {
        self.ranges(of: part).last.map { String(self[..<$0.lowerBound]) } ?? self
    }
}
