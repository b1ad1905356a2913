extension FuzzTarget {
    /// The first byte says what the rest is; any other than these is a story too.
    static let client = FuzzTarget(
        name: "client", summary: "what a server, and the other side, send to the Swift client", maxLength: 2048, briefRuns: 10_000,
        makeCheck: {
            { input in
                let rest = Array(input.dropFirst())
                switch input.first {
                case UInt8(ascii: "a"): try ClientAnswers.room(rest)
                case UInt8(ascii: "r"): try ClientAnswers.refusal(rest)
                case UInt8(ascii: "t"): try ClientTokens.run(rest)
                case UInt8(ascii: "p"): try ClientProofs.run(rest)
                default: try ClientStory.run(rest)
                }
            }
        })
}
