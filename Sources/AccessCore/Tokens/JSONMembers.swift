import SignalingWire

/// The members of a JSON object in UTF-8. One that is repeated could be read in two ways, and is refused.
struct JSONMembers {
    private let text: [UInt8]

    init(_ text: [UInt8]) { self.text = text }

    private func member(_ name: StaticString, otherwise refusal: AccessRefusal) throws(AccessRefusal) -> Envelope.Field {
        let field: Envelope.Field?
        do { field = try JSONObject.soleMember(name, of: self.text.span) } catch { throw .malformed }
        guard let field else { throw refusal }
        return field
    }

    func has(_ name: StaticString) throws(AccessRefusal) -> Bool { try self.member(name, otherwise: .malformed).isPresent }

    /// Nil if it is missing.
    func text(_ name: StaticString, atMost limit: Int, otherwise refusal: AccessRefusal) throws(AccessRefusal) -> String? {
        let field = try self.member(name, otherwise: refusal)
        guard field.isPresent else { return nil }
        guard let value = field.string(in: self.text.span, atMost: limit) else { throw refusal }
        return value
    }

    /// Nil if it is missing.
    func number(_ name: StaticString, otherwise refusal: AccessRefusal) throws(AccessRefusal) -> Double? {
        let field = try self.member(name, otherwise: refusal)
        guard field.isPresent else { return nil }
        guard let value = field.number(in: self.text.span) else { throw refusal }
        return value
    }

    /// A string, or an array of strings; empty if it is missing.
    func texts(_ name: StaticString, atMost limit: Int, otherwise refusal: AccessRefusal) throws(AccessRefusal) -> [String] {
        let field = try self.member(name, otherwise: refusal)
        switch field.form {
        case .absent: return []
        case .string: return try self.text(name, atMost: limit, otherwise: refusal).map { [$0] } ?? []
        case .number, .null: throw refusal
        case .other:
            let array = Array(self.text[field.range])
            guard let elements = JSONArray.elements(of: array.span, atMost: 64) else { throw refusal }
            var texts: [String] = []
            for element in elements {
                guard let text = element.string(in: array.span, atMost: limit) else { throw refusal }
                texts.append(text)
            }
            return texts
        }
    }
}
