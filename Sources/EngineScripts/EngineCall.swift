package import RESPCore

/// One call of a script: what goes in, and what its reply means.
package protocol EngineCall: Sendable {
    associatedtype Reply: Sendable, Equatable

    var script: EngineScript { get }
    func keys(_ names: EngineKeys) -> [String]
    var arguments: [RESPArgument] { get }
    /// What the engine's reply says.
    func reply(_ value: RESPValue) throws(UnexpectedReply) -> Reply
}

/// A script replied what it never does: another version of it has its name, or its keys hold what it did not write.
package struct UnexpectedReply: Error, Equatable, Sendable, CustomStringConvertible {
    package let script: EngineScript

    package var description: String {
        "the engine's reply to \(self.script.rawValue) is none that it gives: does something else write keys with this prefix?"
    }
}

/// The parts of a reply, taken from the first to the last.
struct ReplyReader {
    private let script: EngineScript
    private var parts: ArraySlice<RESPValue>

    init(_ value: RESPValue, of script: EngineScript) throws(UnexpectedReply) {
        guard case .array(let parts) = value else { throw UnexpectedReply(script: script) }
        self.script = script
        self.parts = parts[...]
    }

    var isAtEnd: Bool { self.parts.isEmpty }
    var unexpected: UnexpectedReply { UnexpectedReply(script: self.script) }

    mutating func next() throws(UnexpectedReply) -> RESPValue {
        guard let part = self.parts.popFirst() else { throw self.unexpected }
        return part
    }

    mutating func integer() throws(UnexpectedReply) -> Int64 {
        guard case .integer(let number) = try self.next() else { throw self.unexpected }
        return number
    }

    mutating func text() throws(UnexpectedReply) -> String {
        guard let text = try self.next().text else { throw self.unexpected }
        return text
    }

    mutating func list() throws(UnexpectedReply) -> [RESPValue] {
        guard case .array(let values) = try self.next() else { throw self.unexpected }
        return values
    }

    /// Something that is written as text, such as a room.
    mutating func value<Value>(_ read: (String) -> Value?) throws(UnexpectedReply) -> Value {
        guard let value = read(try self.text()) else { throw self.unexpected }
        return value
    }
}

/// Whether a call did what it is for, as a number.
func didIt(_ value: RESPValue, _ script: EngineScript) throws(UnexpectedReply) -> Bool {
    switch value {
    case .integer(0): return false
    case .integer(1): return true
    default: throw UnexpectedReply(script: script)
    }
}
