// What is looked up in the text of a description.

/// The name of its ICE session: another one after a restart.
func usernameFragment(in sdp: String) -> String? {
    descriptionLines(sdp).first { $0.hasPrefix("a=ice-ufrag:") }.map { String($0.dropFirst("a=ice-ufrag:".count)).trimmed }
}

/// The certificate's fingerprints, which stay the same as long as a connection does: others are another connection. Empty if there is none.
func certificate(in sdp: String) -> String {
    Set(descriptionLines(sdp).map { $0.trimmed.lowercased() }.filter { $0.hasPrefix("a=fingerprint:") }).sorted().joined(separator: "\n")
}

func candidateLines(in sdp: String) -> [String] {
    descriptionLines(sdp).filter { $0.hasPrefix("a=candidate:") }.map { String($0.dropFirst(2)).trimmed }
}

/// CR LF is one character.
private func descriptionLines(_ sdp: String) -> [Substring] { sdp.split(whereSeparator: \.isNewline) }
