import Dispatch
import Foundation
import NIOConcurrencyHelpers

/// Many seeds, in processes of their own: a run that crashes takes only itself down, and its seed is known.
struct Campaign: Sendable {
    let firstSeed: UInt64
    let seeds: Int
    let steps: Int
    /// Only what the sessions of the Swift client do.
    let isOfClients: Bool
    let workers: Int

    struct Failed: Sendable {
        let seed: UInt64
        let fault: String
        /// The process ended with it, so there is no trace but what it printed.
        let isCrash: Bool
    }

    private struct State {
        var done = 0
        var connections = 0
        var relayed = 0
        var failed: [Failed] = []
        var lastWord: [Int: ContinuousClock.Instant] = [:]
        var processes: [Int: Process] = [:]
    }

    /// How long one seed may take before it is taken for hanging.
    private static let patience = Duration.seconds(600)

    /// The lowest of the seeds that failed. `report` gets a line every few seconds.
    func run(report: (String) -> Void) throws -> Failed? {
        let state = NIOLockedValueBox(State())
        let group = DispatchGroup()
        let started = ContinuousClock.now
        for index in 0..<self.workers {
            let process = Process()
            process.executableURL = Bundle.main.executableURL
            // Every so many seeds are one worker's.
            process.arguments = [
                "--worker", "--first-seed", "\(self.firstSeed + UInt64(index))", "--seeds", "\(self.seeds)", "--stride", "\(self.workers)",
                "--steps", "\(self.steps)",
            ]
            if self.isOfClients { process.arguments?.append("--clients") }
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            state.withLockedValue { $0.processes[index] = process }
            group.enter()
            DispatchQueue(label: "worker \(index)").async {
                self.read(pipe.fileHandleForReading, process, index, state)
                group.leave()
            }
        }
        while group.wait(timeout: .now() + 5) == .timedOut {
            let (done, connections, relayed) = state.withLockedValue { state in
                for (index, word) in state.lastWord where ContinuousClock.now - word > Self.patience {
                    state.processes[index]?.terminate()
                }
                return (state.done, state.connections, state.relayed)
            }
            let rate = Double(done) / Double((ContinuousClock.now - started).components.seconds)
            report(
                "\(done) of \(self.seeds) seeds, \(connections) connections, \(relayed) frames; "
                    + "\(Int(Double(self.seeds - done) / max(rate, 0.001))) s to go")
        }
        return state.withLockedValue { state in
            report(
                "\(state.done) of \(self.seeds) seeds, \(state.connections) connections, \(state.relayed) frames, \((ContinuousClock.now - started).components.seconds) s"
            )
            return state.failed.min { $0.seed < $1.seed }
        }
    }

    /// What one worker says, until it ends.
    private func read(_ output: FileHandle, _ process: Process, _ index: Int, _ state: NIOLockedValueBox<State>) {
        var current: UInt64?
        var rest = Data()
        while case let data = output.availableData, !data.isEmpty {
            rest.append(data)
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                rest = Data(rest[rest.index(after: end)...])
                guard let message = WorkerLine(line) else { continue }
                state.withLockedValue { state in
                    state.lastWord[index] = .now
                    switch message {
                    case .begins(let seed): current = seed
                    case .held(let connections, let relayed):
                        current = nil
                        state.done += 1
                        state.connections += connections
                        state.relayed += relayed
                    case .failed(let fault):
                        if let seed = current { state.failed.append(Failed(seed: seed, fault: fault, isCrash: false)) }
                        current = nil
                        // One failure is enough: the others stop too.
                        for process in state.processes.values { process.terminate() }
                    }
                }
            }
        }
        process.waitUntilExit()
        guard let seed = current else { return }
        state.withLockedValue { state in
            // The others were stopped for its sake.
            guard state.failed.isEmpty else { return }
            let fault = process.terminationReason == .uncaughtSignal && process.terminationStatus == 15 ? "it hangs" : "it crashes"
            state.failed.append(Failed(seed: seed, fault: fault, isCrash: true))
            for process in state.processes.values { process.terminate() }
        }
    }
}

/// What a worker tells of its seeds, a line each.
enum WorkerLine {
    case begins(UInt64)
    case held(connections: Int, relayed: Int)
    case failed(String)

    init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        let numbers = words.last?.split(separator: " ").compactMap { Int($0) } ?? []
        switch words.first {
        case "begins": self = .begins(words.last.flatMap(UInt64.init) ?? 0)
        case "held" where numbers.count == 2: self = .held(connections: numbers[0], relayed: numbers[1])
        case "failed": self = .failed(words.last ?? "")
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .begins(let seed): "begins \(seed)"
        case .held(let connections, let relayed): "held \(connections) \(relayed)"
        case .failed(let fault): "failed \(fault.replacing("\n", with: " "))"
        }
    }
}
