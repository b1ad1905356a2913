/// What was found out about an engine when a connection opened.
package struct SessionFacts: Equatable, Sendable {
    /// As it names itself: valkey, redis.
    package var server = ""
    package var version = ""
    package var isPrimary = true
    /// Those of the scripts, in their order.
    package var digests: [String] = []
    /// What the operator should know, a sentence each.
    package var warnings: [String] = []

    package init() {}
}

/// Why an engine cannot be used.
package struct SessionRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        case password, permission, tooOld, wrongMode, notPrimary, notReady, database, evicts, script, other
    }

    package let kind: Kind
    /// One sentence that says what to do.
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    static func unexpected(_ what: String) -> SessionRefusal {
        SessionRefusal(.other, "the answer to \(what) is none that Valkey or Redis gives: check the address")
    }

    /// What an engine may say to any command; nil for anything else.
    init?(common error: RESPError) {
        switch error.code {
        case "NOAUTH": self.init(.password, "the engine asks for a password: put it into its address")
        case "WRONGPASS": self.init(.password, "the engine refuses the user name or the password: correct them in its address")
        case "LOADING", "MASTERDOWN", "BUSY": self.init(.notReady, "the engine is not ready yet (\(error)): wait")
        case "DENIED": self.init(.permission, "the engine takes no connections from other machines (protected mode): set a password there")
        default: return nil
        }
    }
}
