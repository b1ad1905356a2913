import ByteStreams
import NIOCore
import TimeKeeping

/// Opens a connection to a home, sends it a client's request for an upgrade, and waits for its response. Used on its loop only.
final class HomeConnecting {
    enum Result {
        /// The stream is handed on from within the call, or closed.
        case granted(any ByteStream, head: ByteBuffer, rest: ByteBuffer)
        case failed(HomeOutcome)
    }

    private enum Phase {
        case idle
        case dialing(any ConnectAttempt)
        case waiting(any ByteStream)
        case over
    }

    private let home: HomeNode
    private let request: ByteBuffer
    private let settings: PassThroughSettings
    private let context: LoopContext
    private var phase = Phase.idle
    private var reader = HomeResponseReader()
    private var timer: ExpiryToken?
    private var whenDone: ((Result) -> Void)?

    init(_ home: HomeNode, request: ByteBuffer, _ settings: PassThroughSettings, _ context: LoopContext) {
        self.home = home
        self.request = request
        self.settings = settings
        self.context = context
    }

    /// `whenDone` is not called from within, and not after `cancel`.
    func begin(whenDone: @escaping (Result) -> Void) {
        self.whenDone = whenDone
        self.timer = self.context.timers.schedule(self, at: self.context.clock.now() + self.settings.responseLimit)
        self.phase = .dialing(
            self.context.loop.connect(to: self.home.address, within: self.settings.connectLimit, tls: self.home.tls, driver: self))
    }

    func cancel() {
        self.whenDone = nil
        self.fail(.clientLeft)
    }

    private func fail(_ outcome: HomeOutcome) {
        let phase = self.phase
        let whenDone = self.finish()
        switch phase {
        case .dialing(let attempt): attempt.cancel()
        // Whatever it was about to say, nobody wants to hear it.
        case .waiting(let stream): stream.abort()
        case .idle, .over: break
        }
        whenDone?(.failed(outcome))
    }

    private func finish() -> ((Result) -> Void)? {
        self.phase = .over
        if let timer = self.timer.take() { self.context.timers.cancel(timer) }
        return self.whenDone.take()
    }

    private func endedEarly(_ reason: String) {
        if let refusal = self.reader.end() { return self.fail(.refused(refusal)) }
        self.fail(.unreachable(ConnectError(self.home.address, .failed(reason))))
    }
}

extension HomeConnecting: StreamDriver {
    func opened(on stream: any ByteStream) {
        guard case .dialing = self.phase else { return stream.abort() }
        self.phase = .waiting(stream)
        stream.write(self.request)
        stream.flush()
    }

    func received(_ bytes: ByteBuffer) {
        guard case .waiting(let stream) = self.phase else { return }
        do throws(ResponseFault) {
            switch try self.reader.read(bytes) {
            case .needsMore: break
            case .granted(let head, let rest): self.finish()?(.granted(stream, head: head, rest: rest))
            case .refused(let refusal): self.fail(.refused(refusal))
            }
        } catch {
            self.fail(.garbled(error))
        }
    }

    func readCompleted() {}
    func becameWritable() {}
    var outlivesInput: Bool { false }

    func inputEnded() -> Bool {
        if case .waiting = self.phase { self.endedEarly("it ended the connection before it responded") }
        return false
    }

    func ended(_ error: (any Error)?) {
        switch self.phase {
        case .idle, .over: break
        case .dialing: self.fail(.unreachable(error as? ConnectError ?? ConnectError(self.home.address, .failed("\(error as Any)"))))
        // Behind TLS both directions end at once.
        case .waiting where error == nil: self.endedEarly("it closed the connection before it responded")
        case .waiting: self.fail(.unreachable(ConnectError(self.home.address, .failed("\(error as Any)"))))
        }
    }
}

extension HomeConnecting: DeadlineTarget {
    func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        self.fail(.tooSlow)
    }
}
