/// What a request shows in its Authorization field.
package enum Authorization: Sendable, Equatable {
    case absent
    case repeated
    /// A field as it came: visible ASCII and blanks.
    case value([UInt8])
    /// It has other characters, so that it is nothing that is understood here or may be handed on.
    case unreadable

    package init(_ value: [UInt8]) {
        self = value.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x09 } ? .value(value) : .unreadable
    }

    /// What is shown as a bearer (RFC 6750 section 2.1).
    package var bearer: Result<[UInt8], AccessRefusal> {
        switch self {
        case .absent: return .failure(.missing)
        case .repeated: return .failure(.repeated)
        case .unreadable: return .failure(.scheme)
        case .value(let value):
            let scheme = value.prefix { $0 != UInt8(ascii: " ") }
            guard String(decoding: scheme, as: UTF8.self).lowercased() == "bearer" else { return .failure(.scheme) }
            let token = value.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") }
            return token.isEmpty ? .failure(.scheme) : .success(Array(token))
        }
    }
}
