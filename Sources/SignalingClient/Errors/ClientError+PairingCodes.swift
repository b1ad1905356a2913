// Why two peers are not connected, or not with whom they should be.

extension ClientError.Code {
    /// A proof failed: the two sides do not have the same secret, or somebody else took part.
    public static let codeMismatch: Self = "code_mismatch"
    /// The other side takes no part in the verification.
    public static let peerUnverified: Self = "peer_unverified"
    public static let wordsNeeded: Self = "words_needed"
    public static let wordsUnknown: Self = "words_unknown"
    public static let peerLeft: Self = "peer_left"
    public static let peerNeverCame: Self = "peer_never_came"
    public static let noRoute: Self = "no_route"
    /// The WebRTC library has failed.
    public static let engineFailed: Self = "engine_failed"

    var pairingAdvice: String? { Self.pairingAdvices[self.rawValue] }

    private static let pairingAdvices: [String: String] = [
        "code_mismatch": """
        The words do not match: one was mistyped, or somebody else used the code. It is spent; make a new one. If it happens again, use \
        three words, or the link, or another server.
        """,
        "peer_unverified": """
        The other side's program knows no words, or it was given the digits alone. Nothing was connected. Make a new code, and pass on all \
        of it.
        """,
        "words_needed": "The code has words too. Ask for a new one, and enter all of it.",
        "words_unknown": "A word is none of the list. Compare it with what was passed on, and enter it again. No code was spent.",
        "peer_left": "The other side has gone. Ask for a new code to connect again.",
        "peer_never_came": "The other side did not come in time. Make a new code and pass it on, or ask for one.",
        "no_route": """
        The way between the two devices was lost, and no other was found. Check both networks; a TURN server helps to find one.
        """,
        "engine_failed": "The WebRTC library has failed. Its own words are in the message.",
    ]
}
