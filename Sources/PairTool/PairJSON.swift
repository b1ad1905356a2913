/// News for scripts: one JSON object a line, on standard output. `event` names it; a reader passes over events and members that it does not
/// know.
package enum PairJSON {
    package static func line(of news: PairNews, place: PairPlace) -> String {
        switch news {
        case .code(let code, let lifetime):
            self.object(
                "code",
                ["code": .string(code), "link": .string(place.link(to: code)), "expiresInMs": lifetime.map(self.milliseconds)])
        case .waitingForSomebody: self.object("waiting")
        case .redeemed: self.object("redeemed")
        case .paired: self.object("paired")
        case .cameBack: self.object("came_back")
        case .left: self.object("left")
        case .disconnected(let problem, let delay): self.object("disconnected", self.members(problem, delay: delay))
        case .connectedAgain(let forgotten): self.object("connected_again", ["resumed": .bool(!forgotten)])
        case .line(.string(let text)): self.object("line", ["text": .string(text)])
        case .line(let value): self.object("item", ["payload": value])
        // What the frame's text is was never looked at: as a string it cannot be anything but one value.
        case .frame(let type, let text): self.object("frame", ["type": .string(type), "text": .string(text)])
        case .wantsWebRTC: self.object("wants_webrtc")
        case .refused(let problem): self.object("refused", self.members(problem))
        case .mailboxIsFull: self.object("mailbox_full")
        }
    }

    package static func line(ofFailure problem: PairProblem) -> String { self.object("failed", self.members(problem)) }

    /// The last line of a pairing that this side left.
    package static let ended = object("ended")

    private static func members(_ problem: PairProblem, delay: Duration? = nil) -> [String: PairValue?] {
        [
            "code": .string(problem.code), "message": .string(problem.message), "advice": problem.advice.map(PairValue.string),
            "delayMs": delay.map(self.milliseconds), "retryAfterMs": problem.retryAfter.map(self.milliseconds),
        ]
    }

    private static func milliseconds(_ duration: Duration) -> PairValue { .integer(Int64((duration / .milliseconds(1)).rounded())) }

    private static func object(_ event: String, _ members: [String: PairValue?] = [:]) -> String {
        let rest = PairValue.object(members.compactMapValues { $0 }).text.dropFirst()
        return "{\"event\":\(PairValue.quoted(event))" + (rest == "}" ? "}" : "," + rest)
    }
}
