/// What two people pass on beside the digits of a code, and what never leaves their devices otherwise.
public enum Secret: Sendable, Hashable {
    /// Words of the list, in lower case, joined by dashes.
    case words(String)
    /// 22 characters of base64url, behind the `#` of a link.
    case link(String)

    public enum Kind: String, Sendable, Hashable, Codable {
        case words
        case link
    }

    public var kind: Kind {
        switch self {
        case .words: .words
        case .link: .link
        }
    }

    public var text: String {
        switch self {
        case .words(let text), .link(let text): text
        }
    }

    /// `PRS`: what both sides know.
    var password: [UInt8] { Array("\(self.kind.rawValue):\(self.text)".utf8) }
}

/// A secret is in no log, whoever prints what holds it.
extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Secret(\(self.kind.rawValue))" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
