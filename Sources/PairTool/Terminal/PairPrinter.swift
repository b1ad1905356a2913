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
            case .json: _ = self.write(PairJSON.ended, to: self.output)
            case .words: _ = self.write(isInterrupted && self.isTerminal ? "\nLeft." : "Left.", to: self.errors)
            }
        }
    }

    /// For scripts; people read it in the command's error.
    package func fail(_ problem: PairProblem) {
        guard case .json = self.form else { return }
        self.state.withLock { _ in _ = self.write(PairJSON.line(ofFailure: problem), to: self.output) }
    }

    private func print(_ news: PairNews) -> Bool {
        switch self.form {
        case .json: return self.write(PairJSON.line(of: news, place: self.place), to: self.output)
        case .words(let text):
            switch text.output(of: news) {
            case .line(let line): return self.write(line, to: self.output)
            // Words are for whoever is there to read them.
            case .said(let lines):
                for line in lines { _ = self.write(line, to: self.errors) }
                return true
            }
        }
    }

    private func write(_ line: String, to descriptor: Int32) -> Bool {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            #if canImport(Glibc)
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            #elseif canImport(Musl)
            let count = rest.withUnsafeBytes { Musl.write(descriptor, $0.baseAddress, $0.count) }
            #else
            let count = rest.withUnsafeBytes { Darwin.write(descriptor, $0.baseAddress, $0.count) }
            #endif
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
