import AccessCore
import AccessRuntime
import HTTPServer
import Logging
import MetricsCore
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import TimeKeeping

/// Lets through whoever may use the server, and turns what `AccessControl` says to the others into responses.
struct AccessGate: Sendable {
    let control: AccessControl
    let tokens: SideTokens
    let logger: Logger

    /// Who was let through.
    struct Pass {
        /// As tokens call it; nil where nobody in particular is known.
        var subject: UInt64?
        var longestLife: TimeSpan?

        /// As whom a request counts.
        func client(of request: HTTPRequest) -> ClientAddress { self.subject.map { .subject($0) } ?? request.client }
    }

    /// Goes on at once, or when the answer is there, with a client that may.
    func pass(
        _ request: HTTPRequest, for action: AccessAction, _ loop: SignalingLoop,
        _ goOn: @escaping (Pass) throws(Problem) -> HTTPOutcome
    ) throws(Problem) -> HTTPOutcome {
        let client = request.client
        let question = WebhookQuestion(action: action, client: client, origin: request.head.originText)
        switch self.control.ask(.init(question, Self.authorization(of: request.head)), loop) {
        case .now(let answer): return try goOn(try self.pass(answer, question, loop))
        case .later(let reply):
            let late = Self.noAnswer
            return .later(
                ReplyInLine(reply, within: Webhook.longestWait, else: late, loop) { (answer) throws(Problem) in
                    try goOn(try self.pass(answer, question, loop))
                })
        }
    }

    private static func authorization(of head: RequestHead) -> Authorization {
        let field = head.field("authorization")
        switch field.count {
        case 0: return .absent
        case 1: return Authorization(Array(head.bytes.readableBytesView.dropFirst(field.value.lowerBound).prefix(field.value.count)))
        default: return .repeated
        }
    }

    private func pass(_ answer: AccessControl.Answer, _ question: WebhookQuestion, _ loop: SignalingLoop) throws(Problem) -> Pass {
        switch answer {
        case .admitted(let subject, let longestLife):
            self.count(.admitted, loop)
            let hash = subject.map { self.tokens.subject($0.text) }
            if let subject, let hash {
                self.log("admitted", question, ["subject": "\(subject.text)", "as": "\(ClientAddress.subject(hash).text)"])
            }
            return Pass(subject: hash, longestLife: longestLife)
        case .refused(let refusal):
            self.count(refusal == .forbidden ? .forbidden : .unauthorized, loop)
            self.log("not admitted", question, ["reason": "\(refusal.rawValue)"])
            throw Self.problem(refusal)
        case .tooMany(let retryAfter):
            self.count(.limited, loop)
            throw .tooMany("too many requests from your address; wait before the next", retryAfter: retryAfter.wholeSeconds)
        case .unavailable:
            self.count(.unavailable, loop)
            throw Self.noAnswer
        }
    }

    private static func problem(_ refusal: AccessRefusal) -> Problem {
        if refusal == .forbidden { return Problem(.forbidden, refusal.advice) }
        // RFC 6750 section 3: no error is named to whoever showed nothing.
        let challenge = refusal.isOfCredentials ? #"Bearer error="invalid_token""# : "Bearer"
        return Problem(.unauthorized, refusal.advice, fields: [.init("WWW-Authenticate", challenge)])
    }

    private static var noAnswer: Problem { .unavailable("who you are cannot be found out now; try again", retryAfter: 2) }

    private func count(_ label: AccessLabel, _ loop: SignalingLoop) { loop.metrics.count { $0.access[label] += 1 } }

    private func log(_ line: Logger.Message, _ question: WebhookQuestion, _ metadata: Logger.Metadata) {
        self.logger.debug(line, metadata: metadata.merging(["action": "\(question.action.rawValue)"]) { a, _ in a })
    }
}
