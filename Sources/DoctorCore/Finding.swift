/// What `doctor` has found out about one thing.
package struct Finding: Equatable, Sendable {
    package enum Level: String, Sendable {
        case ok, warning, fault
        /// Something else has to be mended before this can be looked at.
        case skipped
    }

    /// What is looked at. Scripts know it by this name.
    package enum Check: String, Sendable {
        case connection, certificate, server, instances, origin, page, metrics, code, upgrade, pairing, frames, idle, connections
        case iceServers = "ice_servers"
        case stun, turn
        case clientAddress = "client_address"
        case forwardedFor = "forwarded_for"
    }

    package let check: Check
    /// Which of several is meant: the URL of a STUN or TURN server.
    package let subject: String?
    package let level: Level
    /// What is so.
    package let fact: String
    /// What to do about it; nil where there is nothing to do.
    package let advice: String?

    private init(_ check: Check, _ level: Level, _ fact: String, _ advice: String?, _ subject: String?) {
        self.check = check
        self.level = level
        self.fact = fact
        self.advice = advice
        self.subject = subject
    }

    static func ok(_ check: Check, _ fact: String, subject: String? = nil) -> Finding { Finding(check, .ok, fact, nil, subject) }

    static func warning(_ check: Check, _ fact: String, do advice: String, subject: String? = nil) -> Finding {
        Finding(check, .warning, fact, advice, subject)
    }

    static func fault(_ check: Check, _ fact: String, do advice: String, subject: String? = nil) -> Finding {
        Finding(check, .fault, fact, advice, subject)
    }

    /// With its words as a function has them.
    package func mapped(_ change: (String) -> String) -> Finding {
        Finding(self.check, self.level, change(self.fact), self.advice.map(change), self.subject.map(change))
    }

    package static func skipped(_ check: Check, _ cause: String, subject: String? = nil) -> Finding {
        Finding(check, .skipped, cause, nil, subject)
    }
}

extension [Finding] {
    /// What the command ends with: 2 for a fault, 1 for a warning.
    package var exitCode: Int32 {
        if self.contains(where: { $0.level == .fault }) { return 2 }
        return self.contains { $0.level == .warning } ? 1 : 0
    }
}
