import ServerThreads

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Prints what happens, from whichever task it is told.
///
/// It waits for a reader that is slow, a pager for one: then nothing more is read from the server either.
package final class PairPrinter: Sendable {
    package enum Form: Sendable {
        case words(PairText)
        case json
    }

    private struct State: Sendable {
        var story: PairStory
        var isBroken = false
    }

    private let place: PairPlace
    private let form: Form
    private let state: Monitor<State>
    private let output: Int32
    private let errors: Int32
    private let isTerminal: Bool

    package init(
        place: PairPlace, form: Form, story: PairStory, output: Int32 = STDOUT_FILENO, errors: Int32 = STDERR_FILENO
    ) {
        self.place = place
        self.form = form
        self.state = Monitor(State(story: story))
        self.output = output
        self.errors = errors
        self.isTerminal = TerminalKind.isTerminal(errors)
    }

    /// Whether the pairing is over with that. Throws if nobody reads the output any more.
    @discardableResult
    package func tell(_ event: PairEvent) throws(PairProblem) -> Bool {
        let (isBroken, isOver) = self.state.withLock { state in
            for news in state.story.tell(event) where !state.isBroken { state.isBroken = !self.print(news) }
            return (state.isBroken, state.story.isOver)
        }
        if isBroken { throw PairProblem(code: "output_closed", message: "nobody reads the output any more") }
        return isOver
    }

    /// Whether the pairing is over with that.
    package func endInput() -> Bool {
        self.state.withLock { state in
            state.story.endInput()
            return state.story.isOver
        }
    }

    package var isPaired: Bool { self.state.withLock { $0.story.isPaired } }

    /// The last word of a pairing that this side has left. Of an interruption the terminal shows `^C` where the next line would begin.
    package func end(isInterrupted: Bool) {
        self.state.withLock { _ in
            switch self.form {
            case .json: _ = self.writeLine(PairJSON.ended, to: self.output)
            case .words: _ = self.writeLine(isInterrupted && self.isTerminal ? "\nLeft." : "Left.", to: self.errors)
            }
        }
    }

    /// For scripts; people read it in the command's error.
    package func fail(_ problem: PairProblem) {
        guard case .json = self.form else { return }
        self.state.withLock { _ in _ = self.writeLine(PairJSON.line(ofFailure: problem), to: self.output) }
    }

    private func print(_ news: PairNews) -> Bool {
        switch self.form {
        case .json: return self.writeLine(PairJSON.line(of: news, place: self.place), to: self.output)
        case .words(let text):
            switch text.output(of: news) {
            case .line(let line): return self.writeLine(line, to: self.output)
            // Words are for whoever is there to read them.
            case .said(let lines):
                for line in lines { _ = self.writeLine(line, to: self.errors) }
                return true
            }
        }
    }

    private func writeLine(_ line: String, to descriptor: Int32) -> Bool { Descriptor.write(line + "\n", to: descriptor) }
}
