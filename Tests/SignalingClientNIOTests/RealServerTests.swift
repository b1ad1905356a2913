import SignalingClient
import SignalingClientNIO
import Synchronization
import Testing

/// The client against the server itself.
@Suite(.timeLimit(.minutes(3)), .serialized) struct RealServerTests {
    /// A message as a program would send it.
    struct Note: Codable, Equatable, Sendable {
        var text: String
        var number: Int
    }

    @Test func aCodeLeadsToItsRoomOnce() async throws {
        let server = try await RunningServer()
        let service = try SignalingService(server.url)
        let code = try await service.createCode(ttl: .seconds(60))
        #expect((4...8).contains(code.digits.count))
        let room = try await service.redeemCode(code.digits)
        #expect(room.appID == code.room.appID)
        #expect(room.side == .b && code.room.side == .a)
        let error = await #expect(throws: ClientError.self) { try await service.redeemCode(code.digits) }
        #expect(error?.code == .codeGone)
        #expect(error?.problem?.status == 410)
        #expect(error?.advice != nil)
    }

    @Test func twoSidesTalkOverMailboxesAndRelay() async throws {
        let server = try await RunningServer()
        let service = try SignalingService(server.url)
        let code = try await service.createCode()
        let room = try await service.redeemCode(code.digits)
        async let heardByA: Note? = service.withSession(in: code.room) { session in
            try await session.send(Note(text: "from A", number: 1))
            try session.signal(["type": "offer", "sdp": "v=0"])
            for try await note in session.items(of: Note.self) { return note }
            return nil
        }
        async let heardByB: (Note?, String?) = service.withSession(in: room) { session in
            var sdp: String?
            for try await event in session.events {
                guard case .signal(let frame) = event else { continue }
                sdp = try frame.decode(as: [String: String].self)["sdp"]
                break
            }
            for try await note in session.items(of: Note.self) {
                try await session.send(Note(text: "from B", number: note.number + 1))
                return (note, sdp)
            }
            return (nil, sdp)
        }
        let (atA, (atB, sdp)) = try await (heardByA, heardByB)
        #expect(atA == Note(text: "from B", number: 2))
        #expect(atB == Note(text: "from A", number: 1))
        #expect(sdp == "v=0")
    }

    /// To a side that comes second, the server says so right behind its response to the upgrade, often in one packet.
    @Test func whatComesWithTheUpgradeIsNotLost() async throws {
        let server = try await RunningServer()
        let service = try SignalingService(server.url)
        let code = try await service.createCode()
        let room = try await service.redeemCode(code.digits)
        try await service.withSession(in: code.room) { first in
            for try await event in first.events { if case .opened = event { break } }
            for _ in 0..<20 {
                try await service.withSession(in: room) { second in
                    for try await event in second.events { if event == .paired { break } }
                }
            }
        }
    }

    @Test func aSideWithoutItsTokenIsRefused() async throws {
        let server = try await RunningServer(["ROOMS": "minted"])
        let service = try SignalingService(server.url)
        var room = try await service.createCode().room
        room.token = "AAAAAAAAAAAAAAAAAAAAAA"
        let without = room
        let error = await #expect(throws: ClientError.self) {
            try await service.withSession(in: without) { session in
                for try await _ in session.events {}
            }
        }
        #expect(error?.code == .tokenRefused)
        #expect(error?.problem?.status == 403)
    }

    @Test func aSecondSessionWithTheTokenTakesThePlaceAndTheFirstEnds() async throws {
        let server = try await RunningServer()
        let service = try SignalingService(server.url)
        let room = try await service.createCode().room
        let error = await #expect(throws: ClientError.self) {
            try await service.withSession(in: room) { first in
                try await first.send("kept", to: .a)
                let token = first.resumeToken
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await service.withSession(in: room, resuming: token) { second in
                            for try await text in second.items(of: String.self) {
                                #expect(text == "kept")
                                return
                            }
                        }
                    }
                    for try await _ in first.events {}
                    try await group.waitForAll()
                }
            }
        }
        #expect(error?.code == .replaced)
    }

    @Test func nothingAnswersWhereNoServerIs() async throws {
        let service = try SignalingService("http://127.0.0.1:\(try freePort())")
        let error = await #expect(throws: ClientError.self) { try await service.createCode() }
        #expect(error?.code == .serverUnreachable)
    }

    @Test func aSessionThatIsCancelledEndsAtOnce() async throws {
        let server = try await RunningServer()
        let service = try SignalingService(server.url)
        let room = try await service.createCode().room
        let opened = Shared(false)
        let began = ContinuousClock.now
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await service.withSession(in: room) { session in
                    for try await event in session.events {
                        if case .opened = event { opened.change { $0 = true } }
                    }
                }
            }
            while !opened.value, ContinuousClock.now - began < .seconds(60) { await Task.yield() }
            group.cancelAll()
        }
        #expect(opened.value)
        #expect(ContinuousClock.now - began < .seconds(70))
    }

    @Test func aThousandItemsAreThereOnceOverDropsAndRestarts() async throws {
        let count = 1000
        let drops = 20
        let restarts = 5
        let server = try await RunningServer(keepsState: true)
        let proxy = try await CuttingProxy(to: server.port)
        let url = "http://127.0.0.1:\(proxy.port)"
        // Sessions try again and again; a request has one attempt, and time enough for it.
        let calm = try SignalingService(url)
        let service = try SignalingService(url, transport: NIOTransport(), surroundings: .hurried(by: 10))
        let code = try await calm.createCode()
        let room = try await calm.redeemCode(code.digits)
        let received = Shared<[Int]>([])
        var patient = SignalingService.SessionOptions()
        patient.giveUpAfter = nil
        let options = patient
        let reconnections = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await service.withSession(in: code.room, options: options) { session in
                    for number in 0..<count { try await session.send(number) }
                }
            }
            group.addTask {
                try await service.withSession(in: room, options: options) { session in
                    async let _: Void = {
                        for try await event in session.events {
                            if case .reconnecting = event { reconnections.change { $0 += 1 } }
                        }
                    }()
                    for try await number in session.items(of: Int.self) {
                        received.change { $0.append(number) }
                        if number == count - 1 { break }
                    }
                }
            }
            // What goes wrong, spread over all of it: each as soon as so many have arrived.
            let steps = drops + restarts
            for step in 1...steps {
                let due = step * count / (steps + 1)
                while received.value.count < due { try await Task.sleep(for: .milliseconds(5)) }
                if step.isMultiple(of: steps / restarts) {
                    server.kill()
                    try await server.start()
                } else {
                    proxy.cut()
                }
            }
            try await group.waitForAll()
        }
        let isWhole = received.value == Array(0..<count)
        #expect(isWhole, "\(received.value.count) arrived; missing: \(Set(0..<count).subtracting(received.value).sorted())")
        #expect(reconnections.value >= restarts)
        await proxy.stop()
    }
}

/// A value that several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let box: Mutex<Value>

    init(_ value: Value) { self.box = Mutex(value) }

    var value: Value { self.box.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) { self.box.withLock { body(&$0) } }
}

extension Surroundings {
    /// Time that goes faster, so that pauses are shorter.
    static func hurried(by factor: Int) -> Surroundings {
        var surroundings = Surroundings.system
        let system = Surroundings.system
        surroundings.now = { system.now() * factor }
        surroundings.sleep = { try await system.sleep($0 / factor) }
        return surroundings
    }
}
