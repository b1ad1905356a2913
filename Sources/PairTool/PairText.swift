/// News in words. The other side's lines go to standard output and everything else to standard error, so that a pipe gets the lines alone.
package struct PairText: Sendable {
    package let place: PairPlace
    package let terminal: TerminalKind
    /// Whether standard output is a terminal. Else it gets the lines byte for byte.
    package let showsLinesToAPerson: Bool

    package init(place: PairPlace, terminal: TerminalKind, showsLinesToAPerson: Bool) {
        self.place = place
        self.terminal = terminal
        self.showsLinesToAPerson = showsLinesToAPerson
    }

    package func output(of news: PairNews) -> PairOutput {
        switch news {
        case .code(let code, let lifetime):
            .said(CodeScreen(code: code, link: self.place.link(to: code), lifetime: lifetime).lines(on: self.terminal))
        case .waitingForSomebody: .said(["Waiting for the other side. Ctrl-C leaves."])
        case .redeemed: .said(["The code is right. Waiting for the side that made it. Ctrl-C leaves."])
        case .paired: .said(["Paired. What you type goes to the other side, line by line."])
        case .cameBack: .said(["The other side came back."])
        case .left: .said(["The other side left. The server keeps what you type until it comes back."])
        case .disconnected(let problem, let delay):
            .said(["No connection to the server (\(Self.cause(problem))). Trying again in \(Self.seconds(delay))."])
        case .connectedAgain(let forgotten):
            .said([
                forgotten
                    ? "Connected again. The server has forgotten the room: lines that the other side had not got yet may be lost."
                    : "Connected again."
            ])
        case .line(let value): .line(self.line(value))
        case .frame(let type, let text): .said(["[\(Printable.line(type))] \(Printable.line(text))"])
        case .wantsWebRTC:
            .said([
                "The other side wants a WebRTC connection, as the page does, which this command does not make: it talks through the mailboxes.",
                "Use pair there too. --frames shows what comes.",
            ])
        case .refused(let problem): .said(["Not sent: \(Self.words(problem))"])
        case .mailboxIsFull: .said(["The other side's mailbox is full. What you type waits until it has fetched something."])
        }
    }

    /// The last line of an attempt that failed.
    package static func words(_ problem: PairProblem) -> String {
        let patience = problem.retryAfter.map { "Wait \(self.seconds($0))." }
        let sentences = [problem.advice.map(Printable.line), patience].compactMap { $0 }
        let cause = self.cause(problem)
        return sentences.isEmpty ? cause : ([cause.hasSuffix(".") ? cause : cause + "."] + sentences).joined(separator: " ")
    }

    private static func cause(_ problem: PairProblem) -> String {
        problem.message.isEmpty ? Printable.line(problem.code) : Printable.line(problem.message)
    }

    private func line(_ value: PairValue) -> String {
        let text = if case .string(let line) = value { line } else { value.text }
        return self.showsLinesToAPerson ? "< " + Printable.line(text) : text
    }

    private static func seconds(_ delay: Duration) -> String {
        let tenths = max(1, Int((delay / .milliseconds(100)).rounded()))
        if tenths == 10 { return "1 second" }
        return tenths % 10 == 0 ? "\(tenths / 10) seconds" : "\(tenths / 10).\(tenths % 10) seconds"
    }
}

package enum PairOutput: Equatable, Sendable {
    case line(String)
    case said([String])
}
