package import AccessCore
import ByteStreams
import NIOConcurrencyHelpers
package import SignalingRuntime
package import TimeKeeping

/// Says who may use the server: asks keys, tokens and a webhook in this order, until one knows the caller.
package final class AccessControl: Sendable {
    /// What says who may. At least one of them is there.
    package struct Methods: Sendable {
        package var keys: APIKeys?
        package var tokens: TokenChecker?
        package var webhook: Webhook?

        package init(keys: APIKeys? = nil, tokens: TokenChecker? = nil, webhook: Webhook? = nil) {
            self.keys = keys
            self.tokens = tokens
            self.webhook = webhook
        }
    }

    /// What somebody wants to do, and shows for it.
    package struct Request: Sendable {
        package let question: WebhookQuestion
        package let authorization: Authorization

        package init(_ question: WebhookQuestion, _ authorization: Authorization) {
            self.question = question
            self.authorization = authorization
        }
    }

    package enum Answer: Sendable {
        /// Nobody in particular where no name is known. A code's life may be no longer than this.
        case admitted(AccessSubject?, longestLife: TimeSpan? = nil)
        case refused(AccessRefusal)
        /// Too many requests come from there that are not admitted, or that somebody else has to be asked about.
        case tooMany(retryAfter: TimeSpan)
        /// Whoever has to be asked does not answer.
        case unavailable
    }

    package enum Outcome {
        case now(Answer)
        case later(LateReply<Answer>)
    }

    private let current: NIOLockedValueBox<Methods>
    private let strangers: ClientLimit
    /// Whether it is asked about redeeming, too.
    package let coversRedeeming: Bool

    /// - Parameter strangers: Counts, by address, who is not admitted, and whoever somebody else is asked about.
    package init(_ methods: Methods, coversRedeeming: Bool, strangers: ClientLimit) {
        self.current = NIOLockedValueBox(methods)
        self.coversRedeeming = coversRedeeming
        self.strangers = strangers
    }

    /// From now on these are the keys, and the tokens' keys beside those that are published. Whoever is being asked about is asked about with
    /// those of before.
    package func renew(keys: APIKeys?, own: KeySet) {
        self.current.withLockedValue { methods in
            methods.keys = keys
            methods.tokens = methods.tokens?.with(own: own)
        }
    }

    /// The answer, at once or within `longestWait`.
    package func ask(_ request: Request, _ loop: SignalingLoop) -> Outcome {
        switch self.own(request, loop) {
        case .answer(let answer): return .now(answer)
        case .refused(let refusal): return self.askWebhook(request, otherwise: refusal, loop)
        case .later(let reply, let token, let checker):
            let late = LateReply<Answer>()
            reply.then { keysCame in
                if late.isAbandoned { return }
                guard keysCame else { return late.resolve(.unavailable) }
                let refusal: AccessRefusal
                switch checker.verdict(on: token, now: loop.clock.unixSeconds()) {
                case .admitted(let subject): return late.resolve(.admitted(subject))
                case .refused(let reason): refusal = reason
                case .unknownSigner: refusal = .unknownSigner
                }
                switch self.askWebhook(request, otherwise: refusal, loop) {
                case .now(let answer): late.resolve(answer)
                case .later(let reply): reply.then { late.resolve($0) }
                }
            }
            return .later(late)
        }
    }

    // MARK: - What is known here

    private enum Own {
        case answer(Answer)
        case refused(AccessRefusal)
        /// Newer keys are on their way.
        case later(LateReply<Bool>, SignedToken, TokenChecker)
    }

    private func own(_ request: Request, _ loop: SignalingLoop) -> Own {
        let bearer: [UInt8]
        switch request.authorization.bearer {
        case .failure(let refusal): return .refused(refusal)
        case .success(let token): bearer = token
        }
        let methods = self.current.withLockedValue { $0 }
        if let keys = methods.keys {
            if let subject = APIKey(text: bearer).flatMap(keys.subject) { return .answer(.admitted(subject)) }
            guard methods.tokens != nil, SignedToken.isLike(bearer) else { return .refused(.unknownKey) }
        }
        guard let checker = methods.tokens else { return .refused(.unauthorized) }
        do throws(AccessRefusal) {
            let token = try SignedToken(bearer)
            switch checker.verdict(on: token, now: loop.clock.unixSeconds()) {
            case .admitted(let subject): return .answer(.admitted(subject))
            case .refused(let refusal): return .refused(refusal)
            case .unknownSigner:
                guard let published = checker.published else { return .refused(.unknownSigner) }
                switch published.newer(loop) {
                case .later(let reply): return .later(reply, token, checker)
                case .notNow(let hasKeys): return hasKeys ? .refused(.unknownSigner) : .answer(.unavailable)
                }
            }
        } catch {
            return .refused(error)
        }
    }

    private func askWebhook(_ request: Request, otherwise refusal: AccessRefusal, _ loop: SignalingLoop) -> Outcome {
        // Whoever is unknown here is a stranger until the webhook says more, and must not ask it without end.
        if let wait = self.strangers.admit(request.question.client, loop) { return .now(.tooMany(retryAfter: wait)) }
        guard let webhook = self.current.withLockedValue({ $0.webhook }), request.authorization != .repeated,
            request.authorization != .unreadable
        else {
            return .now(.refused(refusal))
        }
        return webhook.ask(request, loop).map { .later($0) } ?? .now(.unavailable)
    }
}

/// Checks tokens with keys that are known from the start, and those that are published.
package struct TokenChecker: Sendable {
    private let rules: TokenRules
    private let own: KeySet
    let published: PublishedKeys?

    package init(_ rules: TokenRules, own: KeySet, published: PublishedKeys?) {
        self.rules = rules
        self.own = own
        self.published = published
    }

    func with(own: KeySet) -> TokenChecker { TokenChecker(self.rules, own: own, published: self.published) }

    func verdict(on token: SignedToken, now: Double) -> TokenRules.Verdict {
        self.rules.verdict(on: token, keys: self.published.map { self.own + $0.keys } ?? self.own, now: now)
    }
}
