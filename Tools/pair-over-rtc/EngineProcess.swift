import Dispatch
import Foundation
import SignalingClient
import Synchronization

struct EngineFailure: Error, Equatable, CustomStringConvertible {
    static let ended = EngineFailure(description: "the engine has ended")

    var description: String
}

/// A process with a WebRTC connection, as its requests and answers.
final class EngineProcess: Sendable {
    private struct State: Sendable {
        var lastID = 0
        var waiting: [Int: CheckedContinuation<EngineLine, any Error>] = [:]
        var hasEnded = false
    }

    /// A pairing asks for one thing at a time, and beside that for statistics, a message, and to send one.
    private static let mostWaiting = 64
    /// A pairing takes events as they come.
    private static let mostEvents = 1_024
    private static let endsWithin = Duration.seconds(10)

    let events: AsyncStream<PeerEvent>
    private let eventContinuation: AsyncStream<PeerEvent>.Continuation
    /// Ends with the process.
    private let life: AsyncStream<Never>
    private let lifeContinuation: AsyncStream<Never>.Continuation
    private let process: Process
    private let input: FileHandle
    /// Where a write may wait for the process to read.
    private let writing = DispatchQueue(label: "engine's requests")
    private let state = Mutex(State())

    /// - Parameter command: The program, by its path, and its arguments.
    init(_ command: [String]) throws {
        guard let program = command.first else { throw EngineFailure(description: "no program is named") }
        (self.events, self.eventContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.mostEvents))
        (self.life, self.lifeContinuation) = AsyncStream.makeStream()
        let (input, output) = (Pipe(), Pipe())
        self.process = Process()
        self.process.executableURL = URL(fileURLWithPath: program)
        self.process.arguments = Array(command.dropFirst())
        self.process.standardInput = input
        self.process.standardOutput = output
        self.input = input.fileHandleForWriting
        try self.process.run()
        readLines(of: output.fileHandleForReading) {
            self.take($0)
        } end: {
            self.end()
        }
    }

    /// Throws what the process says has gone wrong. The answer to a request whose task was cancelled is lost.
    func ask(_ request: EngineRequest) async throws -> EngineLine {
        let id = self.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        var numbered = request
        numbered.id = id
        let line = try JSONEncoder().encode(numbered) + Data("\n".utf8)
        guard line.count <= longestLine else { throw EngineFailure(description: "a request is too long") }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let refusal = self.state.withLock { state -> (any Error)? in
                    if state.hasEnded { return EngineFailure.ended }
                    // A handler that has run before this has found nobody to wake.
                    if Task.isCancelled { return CancellationError() }
                    if state.waiting.count >= Self.mostWaiting { return EngineFailure(description: "too many requests at once") }
                    state.waiting[id] = continuation
                    return nil
                }
                if let refusal { return continuation.resume(throwing: refusal) }
                // If the process has ended, its output has too, and that tells whoever waits.
                self.writing.async { try? self.input.write(contentsOf: line) }
            }
        } onCancel: {
            self.resume(id, .failure(CancellationError()))
        }
    }

    /// Returns when the process has ended.
    func close() async {
        // Not the caller's task, which may be cancelled: the process has to end all the same.
        await Task {
            let isEnded = await self.isWithin(Self.endsWithin) {
                _ = try? await self.ask(EngineRequest("close"))
                for await _ in self.life {}
            }
            if !isEnded { kill(self.process.processIdentifier, SIGKILL) }
        }.value
        self.end()
    }

    private func isWithin(_ limit: Duration, _ task: @escaping @Sendable () async -> Void) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await task()
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func take(_ data: Data) {
        guard let line = try? JSONDecoder().decode(EngineLine.self, from: data) else { return self.end() }
        if let id = line.id {
            self.resume(id, line.error.map { .failure(EngineFailure(description: $0)) } ?? .success(line))
        } else if let event = line.peerEvent, case .dropped = self.eventContinuation.yield(event) {
            self.end()
        }
    }

    private func resume(_ id: Int, _ result: Result<EngineLine, any Error>) {
        self.state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(with: result)
    }

    private func end() {
        let waiting = self.state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(throwing: EngineFailure.ended) }
        self.eventContinuation.finish()
        self.lifeContinuation.finish()
    }
}
