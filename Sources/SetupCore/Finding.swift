/// Something that is so with the settings or the machine, and what to do about it. The start and `check` say it in the same words.
package struct Finding: Sendable, Equatable {
    package enum Level: Int, Sendable, CaseIterable, Comparable {
        case info, warning
        /// It prevents the start, or leaves a server that nobody can use.
        case fault

        package static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    package let level: Level
    package let code: FindingCode
    /// The variable, or the file.
    package let subject: String
    /// What is so: it names the variable, where that is not plain.
    package let what: String
    /// What to do; empty where there is nothing to do.
    package let advice: String
    private let joint: String

    /// - Parameter joint: What stands between the two where they make one line.
    package init(_ level: Level, _ code: FindingCode, _ subject: String, _ what: String, _ advice: String = "", joint: String = "; ") {
        self.level = level
        self.code = code
        self.subject = subject.onOneLine
        self.what = what.onOneLine
        self.advice = advice.onOneLine
        self.joint = joint
    }

    package var line: String { self.advice.isEmpty ? self.what : self.what + self.joint + self.advice }
}

extension String {
    /// Names in certificates and of files may have characters that would break the line, or change what a terminal shows.
    fileprivate var onOneLine: String {
        self.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format: scalar.escaped(asASCII: true)
            default: String(scalar)
            }
        }.joined()
    }
}

/// Programs go by these names: they do not change. docs/operations.md lists them.
package enum FindingCode: String, Sendable, CaseIterable {
    // Settings
    case settingRefused = "setting-refused"
    case startRefused = "start-refused"
    case devPublic = "dev-public"
    case metricsPublic = "metrics-public"
    case unencrypted = "unencrypted"
    case roomsAny = "rooms-any"
    case pageCutOff = "page-cut-off"
    case noOrigins = "no-origins"
    case proxiesEverybody = "proxies-everybody"
    case credentialsInClear = "credentials-in-clear"
    case tokensOfOthers = "tokens-of-others"
    case secretShort = "secret-short"
    // Files
    case fileMissing = "file-missing"
    case fileUnreadable = "file-unreadable"
    case fileUnusable = "file-unusable"
    case fileReaders = "file-readers"
    case secretReadableByAll = "secret-readable-by-all"
    // TLS
    case tlsSwapped = "tls-swapped"
    case tlsNoPEM = "tls-no-pem"
    case tlsKeyEncrypted = "tls-key-encrypted"
    case tlsKeyForeign = "tls-key-foreign"
    case tlsOrder = "tls-order"
    case tlsChainIncomplete = "tls-chain-incomplete"
    case tlsExpired = "tls-expired"
    case tlsNotYetValid = "tls-not-yet-valid"
    case tlsEndsSoon = "tls-ends-soon"
    case tlsNames = "tls-names"
    // The machine
    case hostUnknown = "host-unknown"
    case portTaken = "port-taken"
    case portPrivileged = "port-privileged"
    case listenFailed = "listen-failed"
    case stunPortTaken = "stun-port-taken"
    case descriptorsFew = "descriptors-few"
    case descriptors = "descriptors"
    // Others
    case storeUnusable = "store-unusable"
    case storeUnsound = "store-unsound"
    case storeSound = "store-sound"
    case engineUnreachable = "engine-unreachable"
    case engineDoubtful = "engine-doubtful"
    case engineReady = "engine-ready"
    case turnUnreachable = "turn-unreachable"
    case keysUnreachable = "keys-unreachable"
    case serviceUnreachable = "service-unreachable"
    case serviceReached = "service-reached"
}
