import Foundation
import SignalingClient

/// A WebRTC connection that another process has.
struct ProcessEngine: PeerEngine {
    private let process: EngineProcess

    init(_ command: [String], servers: [ICEServer]) async throws {
        self.process = try EngineProcess(command)
        do {
            _ = try await self.process.ask(EngineRequest("configure", servers: servers))
        } catch {
            await self.process.close()
            throw error
        }
    }

    var events: AsyncStream<PeerEvent> { self.process.events }
    var channel: any PeerDataChannel { ProcessChannel(process: self.process) }

    func makeOffer() async throws -> String { try await self.describe("offer") }
    func makeAnswer() async throws -> String { try await self.describe("answer") }
    func localDescription() async throws -> String? { try await self.process.ask(EngineRequest("local")).sdp }

    private func describe(_ what: String) async throws -> String {
        guard let sdp = try await self.process.ask(EngineRequest(what)).sdp else {
            throw EngineFailure(description: "the engine has made no \(what)")
        }
        return sdp
    }

    func apply(_ kind: PairDescription.Kind, sdp: String) async throws {
        _ = try await self.process.ask(EngineRequest("apply", kind: kind.rawValue, sdp: sdp))
    }

    func add(_ candidate: ICECandidate?) async throws {
        _ = try await self.process.ask(EngineRequest("add", candidate: candidate.map(Candidate.init)))
    }

    func restartICE() async throws { _ = try await self.process.ask(EngineRequest("restart")) }

    func setICEServers(_ servers: [ICEServer]) async throws {
        _ = try await self.process.ask(EngineRequest("servers", servers: servers))
    }

    func statistics() async -> PeerStatistics {
        (try? await self.process.ask(EngineRequest("statistics")))?.statistics?.peers ?? PeerStatistics()
    }

    func close() async { await self.process.close() }
}

struct ProcessChannel: PeerDataChannel {
    let process: EngineProcess

    func send(_ message: [UInt8]) async throws { _ = try await self.process.ask(EngineRequest("send", data: Data(message))) }

    func receive() async throws -> [UInt8]? {
        do {
            return try await self.process.ask(EngineRequest("receive")).data.map { Array($0) }
        } catch let failure as EngineFailure where failure == .ended {
            return nil
        }
    }
}
