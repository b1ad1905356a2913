import Foundation
import ServerUnderTest

/// One call of a script as a node made it, to be made again with other values.
struct RecordedCall: Equatable {
    let digest: String
    let keys: [String]
    let arguments: [String]

    /// Nil where it is no EVALSHA's.
    init?(_ parts: [String]) {
        guard parts.count >= 2, let keys = Int(parts[1]), keys >= 0, parts.count >= 2 + keys else { return nil }
        self.digest = parts[0]
        self.keys = Array(parts[2..<(2 + keys)])
        self.arguments = Array(parts[(2 + keys)...])
    }

    func mentions(_ text: String) -> Bool { (self.keys + self.arguments).contains { $0.contains(text) } }

    /// As it is sent, with one text in place of another, and other arguments at these places.
    func command(replacing old: String, by new: String, arguments changed: [Int: String] = [:]) -> [UInt8] {
        func replaced(_ text: String) -> String { text.contains(old) ? text.replacingOccurrences(of: old, with: new) : text }
        let arguments = self.arguments.enumerated().map { changed[$0] ?? replaced($1) }
        return EngineClient.command(["EVALSHA", self.digest, "\(self.keys.count)"] + self.keys.map(replaced) + arguments)
    }
}

/// What nodes ask the engine for one pairing, and for one item, as they were heard asking. Where they say something else than the places below
/// tell, the engine replies something else than is expected, and the run fails.
struct RecordedCalls {
    let mint: RecordedCall
    let redeem: RecordedCall
    /// By the node of side A, which gets the room, and by that of side B, which is told who has it.
    let claims: (home: RecordedCall, other: RecordedCall)
    let release: RecordedCall
    let store: RecordedCall
    let acknowledge: RecordedCall
    /// The rooms of the pairing and of the item.
    let pairingRoom: String
    let itemRoom: String
    /// Of the request that redeemed.
    let request: String

    /// Arguments' places: random numbers for a new code, all from here on; a code; a home's epoch; the number of an item, and of one that is done.
    static let draws = 10
    static let code = 3
    static let epoch = 1
    static let itemNumber = 4
    static let doneNumber = 3

    /// - Parameters:
    ///   - pairing: What was heard during pairings that came one after the other.
    ///   - items: What was heard during items of one room.
    init(pairing: [RecordedCall], items: [RecordedCall]) throws(EngineFault) {
        func isOfCodes(_ call: RecordedCall) -> Bool { call.keys.first?.contains(":codes}") == true }
        guard let first = pairing.firstIndex(where: isOfCodes), let room = Self.room(in: pairing[first].arguments),
            let redeem = pairing[(first + 1)...].first(where: isOfCodes), redeem.digest != pairing[first].digest,
            let result = redeem.keys.first(where: { $0.contains(":result:") })?.split(separator: ":").last
        else { throw EngineFault("no pairing was heard") }
        let calls = pairing[(first + 1)...].filter { $0.mentions(room) }
        guard calls.count >= 3, let last = calls.last, calls[0].digest == calls[1].digest, last.digest != calls[0].digest else {
            throw EngineFault("no whole pairing was heard, but \(calls.count) calls for its room")
        }
        (self.mint, self.redeem, self.claims, self.release) = (pairing[first], redeem, (calls[0], calls[1]), last)
        (self.pairingRoom, self.request) = (room, String(result))
        let others = items.filter { $0.digest != calls[0].digest && $0.digest != last.digest && !$0.keys.isEmpty }
        guard let itemRoom = others.lazy.compactMap({ Self.room(in: $0.keys) }).first else { throw EngineFault("no item was heard") }
        let ofItems = others.filter { $0.mentions(itemRoom) }
        // An item has its payload as its last argument; what acknowledges it has numbers alone.
        guard let store = ofItems.first(where: { $0.arguments.count == 8 }),
            let acknowledge = ofItems.first(where: { $0.arguments.count == 4 && $0.digest != store.digest && Int($0.arguments[3]) != nil })
        else { throw EngineFault("no item was heard that was stored and acknowledged") }
        (self.store, self.acknowledge, self.itemRoom) = (store, acknowledge, itemRoom)
    }

    /// The first UUID.
    private static func room(in texts: [String]) -> String? {
        for text in texts {
            for part in text.split(whereSeparator: { !$0.isHexDigit && $0 != "-" })
            where part.count == 36 && UUID(uuidString: String(part)) != nil {
                return String(part)
            }
        }
        return nil
    }
}
