import Foundation
import SignalingWire

/// The fields that the scanner found, each against the value that Foundation has under the same key.
struct FieldComparison {
    let text: [UInt8]
    let members: [String: Any]

    func check(_ envelope: Envelope) throws {
        guard let type = self.members["type"] as? String else { throw Finding("its type is no string to Foundation") }
        try expect(envelope.kind == EnvelopeCheck.kind(type), "its type is \(type), not \(envelope.kind)")
        for member in Envelope.Member.allCases { try self.checkValue(member.name, envelope[member]) }
        try self.checkSide(envelope[.to])
        for member in [Envelope.Member.seq, .upTo, .deliveredUpTo] { try self.checkCount(member.name, envelope[member]) }
        try self.checkRef(envelope[.ref])
        try self.checkMailbox(envelope[.mailbox])
        for word in ["ice-connected", "ice-failed"] as [StaticString] {
            try expect(
                envelope[.event].isWord(word, in: self.text.span) == self.isWord(self.members["event"], "\(word)"),
                "event is not read as \(word)")
        }
    }

    /// The bytes of the field read alone are the value that Foundation read as part of the whole.
    private func checkValue(_ name: String, _ field: Envelope.Field) throws {
        guard let theirs = self.members[name] else { return try expect(!field.isPresent, "\(name) was found, and is not there") }
        try expect(field.isPresent, "\(name) was not found")
        let bytes = Array(self.text[field.range])
        guard let ours = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]) else {
            throw Finding("\(name) is \(shown(bytes)), which is no JSON value")
        }
        let spelling = FoundationJSON.spelling(of: theirs)
        try expect(FoundationJSON.spelling(of: ours) == spelling, "\(name) is \(shown(bytes)), and Foundation has \(spelling)")
        let form: Envelope.Field.Form =
            switch spelling.utf8.first ?? 0 {
            case UInt8(ascii: "\""): .string
            case UInt8(ascii: "n"): .null
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
            default: .other
            }
        try expect(field.form == form, "\(name) is taken for a \(field.form), and Foundation has \(spelling)")
    }

    private func checkSide(_ field: Envelope.Field) throws {
        let theirs: Side? = self.isWord(self.members["to"], "a") ? .a : self.isWord(self.members["to"], "b") ? .b : nil
        let ours = field.side(in: self.text.span)
        try expect(ours == theirs, "to names \(String(describing: ours)), and to Foundation \(String(describing: theirs))")
    }

    private func isWord(_ value: Any?, _ word: String) -> Bool {
        guard let text = value as? String else { return false }
        return Array(text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }) == Array(word.utf8)
    }

    private func checkRef(_ field: Envelope.Field) throws {
        let text = self.text.span
        let isInRange = if case .value(let number) = field.count(in: text) { number > 0 && number < 1 << 53 } else { true }
        try expect(field.ref(in: text) == (isInRange ? field.count(in: text) : .invalid), "ref is \(field.ref(in: text))")
    }

    private func checkMailbox(_ field: Envelope.Field) throws {
        let ours = field.mailbox(in: self.text.span)
        let theirs: NamedMailbox?
        switch self.members["mailbox"] {
        case nil, is NSNull: theirs = .unnamed
        case let name as String:
            let scalars = name.unicodeScalars
            let isID = scalars.count == 16 && scalars.allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
            let id = isID ? UInt64(name, radix: 16).map { NamedMailbox.named(MailboxID($0)) } : nil
            theirs = scalars.count <= 64 && scalars.allSatisfy(\.isASCII) ? id ?? .unknown : nil
        default: theirs = nil
        }
        try expect(ours == theirs, "mailbox is \(String(describing: ours)), and to Foundation \(String(describing: theirs))")
    }

    private func checkCount(_ name: String, _ field: Envelope.Field) throws {
        let count = field.count(in: self.text.span)
        let spelled = self.text[field.range]
        switch (count, field.form) {
        case (.absent, .absent), (.absent, .null): break
        case (.invalid, .string), (.invalid, .other): break
        case (.invalid, .number):
            try expect(spelled.contains { "-.eE".utf8.contains($0) }, "\(name) is the whole number \(shown(spelled)), and refused")
        case (.value(let value), .number):
            guard let number = self.members[name] as? NSNumber else { throw Finding("\(name) is no number to Foundation") }
            if value == .max {
                try expect(number.doubleValue >= 0x1p64 - 2048, "\(name) is \(shown(spelled)), and counted as past every end")
            } else {
                try expect(number.uint64Value == value, "\(name) is \(number) to Foundation, and \(value) to the server")
            }
        default: throw Finding("\(name) is \(shown(spelled)), read as \(count)")
        }
    }
}
