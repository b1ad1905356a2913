import Testing

@testable import SignalingClient

/// The session over a server in memory: what its tasks do, and that none is left.
@Suite(.timeLimit(.minutes(1))) struct SessionTests {
    private static let room = Room(appID: "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", side: .a, token: "t")

    @Test func itemsComeInOrderAndAreAcknowledgedWhenTheNextIsAskedFor() async throws {
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        let numbers = try await service.withSession(in: Self.room) { session in
            let socket = try await transport.nextSocket()
            try await socket.greet()
            for seq in 1...3 { socket.push(#"{"type":"deliver","seq":\#(seq),"payload":\#(seq * 10)}"#) }
            var numbers: [Int] = []
            for try await number in session.items(of: Int.self) {
                numbers.append(number)
                #expect(session.resumeToken.deliveredUpTo == UInt64(numbers.count - 1))
                if numbers.count == 3 { break }
            }
            // The loop was left with the third.
            for try await number in session.items(of: Int.self) {
                #expect(number == 30)
                break
            }
            return numbers
        }
        #expect(numbers == [10, 20, 30])
        #expect(transport.areAllOver)
        #expect(transport.sockets.value.first?.closedWith.value == 1000)
        #expect(transport.sockets.value.first?.sent.value.contains(#"{"type":"delivered","upTo":2}"#) == true)
    }

    @Test func anItemOfAnotherTypeEndsTheLoopAndStays() async throws {
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        try await service.withSession(in: Self.room) { session in
            let socket = try await transport.nextSocket()
            try await socket.greet()
            socket.push(#"{"type":"deliver","seq":1,"payload":"text"}"#)
            let error = await #expect(throws: ClientError.self) {
                for try await _ in session.items(of: Int.self) {}
            }
            #expect(error?.code == .itemUnreadable)
            for try await item in session.rawItems {
                #expect(text(item.json) == #""text""#)
                break
            }
        }
    }

    @Test func ofTwoLoopsTheSecondIsRefused() async throws {
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        try await service.withSession(in: Self.room) { session in
            let socket = try await transport.nextSocket()
            try await socket.greet()
            socket.push(#"{"type":"deliver","seq":1,"payload":1}"#)
            for try await _ in session.rawItems {
                let error = await #expect(throws: ClientError.self) {
                    for try await _ in session.rawItems {}
                }
                #expect(error?.code == .invalidArgument)
                break
            }
        }
    }

    @Test func sendReturnsWhenTheItemIsStoredAndCancellingEndsTheWaitingAlone() async throws {
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        try await service.withSession(in: Self.room) { session in
            let socket = try await transport.nextSocket()
            try await socket.greet()
            let outcome = await withTaskGroup(of: ClientError.Code?.self) { group in
                group.addTask {
                    do throws(ClientError) {
                        try await session.send("x")
                        return nil
                    } catch {
                        return error.code
                    }
                }
                await eventually { socket.sent.value.contains { $0.hasPrefix(#"{"type":"send""#) } }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(outcome == .cancelled)
            #expect(session.resumeToken.unaccepted.map(\.payload) == [#""x""#])
            let ref = try #require(session.resumeToken.unaccepted.first?.ref)
            socket.push(#"{"type":"accepted","ref":\#(ref)}"#)
            await eventually { session.resumeToken.unaccepted.isEmpty }
            #expect(session.resumeToken.unaccepted.isEmpty)
        }
    }

    @Test func aSessionThatEndsTellsWhoeverWaits() async throws {
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        try await service.withSession(in: Self.room) { session in
            let socket = try await transport.nextSocket()
            try await socket.greet()
            async let sent: ClientError.Code? = {
                do throws(ClientError) {
                    try await session.send(1)
                    return nil
                } catch {
                    return error.code
                }
            }()
            await eventually { !session.resumeToken.unaccepted.isEmpty }
            socket.end(code: 4001, reason: "replaced")
            #expect(await sent == .replaced)
            await #expect(throws: ClientError.self) { for try await _ in session.events {} }
            await #expect(throws: ClientError.self) { for try await _ in session.rawItems {} }
            await #expect(throws: ClientError.self) { try await session.send(1) }
        }
        #expect(transport.areAllOver)
    }

    @Test func withoutALoopTheNewestEventsAreKeptAndReadingGoesOn() async throws {
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        try await service.withSession(in: Self.room) { session in
            let socket = try await transport.nextSocket()
            try await socket.greet()
            for number in 0..<3000 { socket.push(#"{"type":"ice","n":\#(number)}"#) }
            socket.push(#"{"type":"deliver","seq":1,"payload":1}"#)
            for try await _ in session.rawItems { break }
            var count = 0
            for try await event in session.events {
                guard case .signal(let frame) = event else { continue }
                count += 1
                if try frame.decode(as: Numbered.self).n == 2999 { break }
            }
            #expect(count == 1024)
        }
    }

    private struct Numbered: Decodable { var n: Int }

    @Test func aLoopThatIsSlowStopsTheReading() async throws {
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        try await service.withSession(in: Self.room) { session in
            let socket = try await transport.nextSocket()
            try await socket.greet()
            let iterator = session.events.makeAsyncIterator()
            #expect(try await iterator.next() == .opened(resumed: false))
            for number in 0..<3000 { socket.push(#"{"type":"ice","n":\#(number)}"#) }
            await eventually { socket.unread == 3000 - 1024 }
            #expect(socket.unread == 3000 - 1024)
            for _ in 0..<3000 { _ = try await iterator.next() }
            #expect(socket.unread == 0)
        }
    }

    @Test func whateverAServerSendsNothingCrashes() async throws {
        var generator = SplitMix(state: 7)
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        try await service.withSession(in: Self.room) { session in
            let socket = try await transport.nextSocket()
            try await socket.greet()
            for _ in 0..<2000 {
                socket.push(
                    String(decoding: (0..<generator.next() % 60).map { _ in UInt8(truncatingIfNeeded: generator.next()) }, as: UTF8.self))
            }
            for ref in 0..<100 { socket.push(#"{"type":"accepted","ref":\#(ref)}"#) }
            socket.push(#"{"type":"going_away","reconnectAfterMs":18446744073709551615}"#)
            socket.push(#"{"type":"deliver","seq":18446744073709551615,"payload":1}"#)
            for try await item in session.rawItems {
                #expect(item.seq == .max)
                break
            }
        }
    }

    @Test func leavingWhileNothingAnswersEndsTheAttempt() async throws {
        let transport = MemoryTransport(answers: false)
        let service = try SignalingService("http://h", transport: transport)
        let began = ContinuousClock.now
        try await service.withSession(in: Self.room) { session in
            #expect(!session.isOpen)
            try session.signal(["type": "ice"])
        }
        #expect(ContinuousClock.now - began < .seconds(30))
    }

    @Test func whatTheBodyThrowsIsThrownAndTheSessionIsClosed() async throws {
        struct Mine: Error {}
        let transport = MemoryTransport()
        let service = try SignalingService("http://h", transport: transport)
        await #expect(throws: Mine.self) {
            try await service.withSession(in: Self.room) { _ in
                try await transport.nextSocket().greet()
                throw Mine()
            }
        }
        #expect(transport.areAllOver)
    }

    @Test func theUpgradeNamesTheRoomTheSideTheSessionAndTheToken() async throws {
        let transport = MemoryTransport()
        let service = try SignalingService("http://h/p", transport: transport)
        var room = Self.room
        room.token = "a+b"
        try await service.withSession(in: room, side: .b) { session in
            _ = try await transport.nextSocket()
            #expect(
                transport.targets.value == ["/p/ws?appID=\(Self.room.appID)&side=B&sid=\(session.resumeToken.sid)&token=a%2Bb"])
        }
    }
}

/// Waits for something that comes about soon; what is expected is checked by the caller.
func eventually(_ condition: () -> Bool) async {
    let end = ContinuousClock.now + .seconds(30)
    while !condition(), ContinuousClock.now < end { await Task.yield() }
}
