import FairShares
import MetricsCore
import NetworkAddresses
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

/// Who gets a WebSocket.
@Suite struct AdmissionTests {
    private let client = ClientAddress.v4(0xC000_0201)

    private func admit(_ attempt: Admission.Attempt, _ world: RuntimeWorld, from client: ClientAddress? = nil) -> Admission.Outcome {
        world.signaling.admission.admit(attempt, client: client ?? self.client, world.loop)
    }

    @Test func placesAreTakenAndGivenBack() {
        let world = RuntimeWorld { $0.maxWebSockets = 2 }
        let admission = world.signaling.admission
        for open in 1...2 {
            #expect(self.admit(.upgrade, world) == .admitted && admission.open == open)
        }
        for _ in 0..<3 { #expect(self.admit(.upgrade, world) == .full && admission.open == 2) }
        admission.connectionEnded(of: self.client)
        #expect(admission.open == 1)
        #expect(self.admit(.upgrade, world) == .admitted && admission.open == 2)
        #expect(self.admit(.upgrade, world) == .full)
    }

    @Test func aClientOfAFullServerHasItsShareAndOthersHaveTheirs() {
        let world = RuntimeWorld { $0.maxWebSockets = 40 }
        for _ in 0..<30 { #expect(self.admit(.upgrade, world) == .admitted) }
        for _ in 0..<3 { #expect(self.admit(.upgrade, world) == .tooManyOpen) }
        #expect(self.admit(.question, world) == .tooManyOpen)
        #expect(world.signaling.shares.refusals[.webSockets] == 4)
        // Ten others find a place, the last of all the places.
        for other in 1...10 { #expect(self.admit(.upgrade, world, from: .v4(UInt32(other))) == .admitted) }
        #expect(self.admit(.upgrade, world, from: .v4(99)) == .full)
    }

    @Test func aCapHoldsForEachClientHoweverMuchIsFree() {
        let world = RuntimeWorld { $0.clientConnections = 2 }
        for client in [self.client, .v4(5)] {
            for _ in 0..<2 { #expect(self.admit(.upgrade, world, from: client) == .admitted) }
            #expect(self.admit(.upgrade, world, from: client) == .tooManyOpen)
        }
        world.signaling.admission.connectionEnded(of: self.client)
        #expect(self.admit(.upgrade, world) == .admitted)
    }

    @Test func aQuestionIsToldWhatAnUpgradeWouldBeAndTakesNoPlace() {
        let world = RuntimeWorld { $0.maxWebSockets = 1 }
        for _ in 0..<3 { #expect(self.admit(.question, world) == .wouldBeAdmitted) }
        #expect(world.signaling.admission.open == 0)
        #expect(self.admit(.upgrade, world) == .admitted)
        #expect(self.admit(.question, world) == .full)
        world.signaling.phase.value = .draining
        #expect(self.admit(.question, world) == .draining)
    }

    @Test func aMalformedAttemptTakesNoPlace() {
        let world = RuntimeWorld { $0.maxWebSockets = 1 }
        for _ in 0..<3 { #expect(self.admit(.malformed, world) == .malformed) }
        #expect(self.admit(.upgrade, world) == .admitted)
        // It is told what is wrong with it also by a server that is full, or about to end.
        #expect(self.admit(.malformed, world) == .malformed)
        world.signaling.phase.value = .draining
        #expect(self.admit(.malformed, world) == .malformed)
    }

    @Test(arguments: [Admission.Attempt.malformed, .question, .upgrade])
    func everyAttemptCountsAgainstTheClientsLimit(_ attempt: Admission.Attempt) {
        let world = RuntimeWorld { $0.limits.wsPerMinute = 2 }
        for _ in 0..<2 { #expect(self.admit(attempt, world) != .tooManyUpgrades(retryAfter: .seconds(60))) }
        let open = world.signaling.admission.open
        for next in [Admission.Attempt.malformed, .question, .upgrade] {
            #expect(self.admit(next, world) == .tooManyUpgrades(retryAfter: .seconds(60)))
        }
        #expect(world.counts.rateLimited[.ws] == 3 && world.signaling.admission.open == open)
        #expect(self.admit(.upgrade, world, from: .v4(7)) == .admitted)
        world.advance(by: .minutes(1))
        #expect(self.admit(.upgrade, world) == .admitted)
    }

    /// The limit is asked first: an end that draws near, or a full server, is nothing to hammer at.
    @Test func theLimitIsAskedBeforeEverythingElse() {
        let world = RuntimeWorld {
            $0.limits.wsPerMinute = 2
            $0.maxWebSockets = 0
        }
        #expect(self.admit(.upgrade, world) == .full)
        world.signaling.phase.value = .draining
        #expect(self.admit(.upgrade, world) == .draining)
        #expect(self.admit(.upgrade, world) == .tooManyUpgrades(retryAfter: .seconds(60)))
    }

    @Test func aServerThatIsAboutToEndAdmitsNobody() {
        let world = RuntimeWorld { $0.maxWebSockets = 0 }
        // Before that it would have said that it is full.
        #expect(self.admit(.upgrade, world) == .full)
        for phase in [ServerPhase.Value.draining, .handingOver] {
            world.signaling.phase.value = phase
            #expect(self.admit(.upgrade, world) == .draining && world.signaling.admission.open == 0)
            #expect(self.admit(.question, world) == .draining)
        }
    }
}
