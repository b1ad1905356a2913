import ByteStreams
import NIOCore
import SignalingTestKit
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// The close handshake on a connection.
@Suite struct ClosingTests {
    @Test(arguments: [1000, 1001, 3000, 4999] as [UInt16])
    func theClientsCloseIsAnsweredWithItsCode(_ code: UInt16) throws {
        let sink = TestSink()
        let client = EndpointRig().connect(sink)
        client.send(.close(code, reason: Array("bye".utf8)))
        #expect(try client.received() == [.close(code, "")])
        #expect(!client.isOpen && sink.calls == [.opened, .interruption, .closes, .ended(code)])
    }

    @Test func aCloseWithoutACodeIsAnsweredAlike() throws {
        let sink = TestSink()
        let client = EndpointRig().connect(sink)
        client.send(.close(nil))
        #expect(try client.received() == [ReceivedFrame(.close, [])])
        #expect(!client.isOpen && sink.summary?.code == 1005)
    }

    @Test func aConnectionThatIsJustGoneHasEndedWithoutACode() throws {
        for end in [MemoryStream.End.fin, .reset] {
            let rig = EndpointRig()
            let sink = TestSink()
            let client = rig.connect(sink)
            rig.network.turn { client.stream.end(end) }
            #expect(!client.isOpen && sink.calls == [.opened, .closes, .ended(1006)])
            #expect((sink.summary?.error == nil) == (end == .fin))
            #expect(rig.context.timers.count == 0 && rig.context.connections.count == 0)
        }
    }

    @Test(
        arguments: [
            ([ClientFrame.text("a").with { $0.mask = nil }], .protocolError), ([.close(1005)], .protocolError),
            ([ClientFrame(.continuation)], .protocolError), ([ClientFrame(.text, [0xFF])], .invalidPayload),
            ([.close(1000, reason: [0xFF])], .invalidPayload),
            (
                [ClientFrame(.text, [0x61], isFinal: false), ClientFrame(.continuation, [UInt8](repeating: 0x61, count: 100))],
                .messageTooBig
            ),
            ([ClientFrame(.binary, [UInt8](repeating: 0x61, count: 101))], .messageTooBig),
        ] as [([ClientFrame], CloseCode)])
    func aBrokenProtocolEndsTheConnection(_ frames: [ClientFrame], _ code: CloseCode) throws {
        let rig = EndpointRig(maxMessage: 100)
        let sink = TestSink()
        let client = rig.connect(sink)
        client.send(bytes: frames.bytes)
        #expect(try client.received() == [.close(code.rawValue, code.reason)])
        // Only this direction: a whole close could reset the client before it has read that.
        #expect(client.isOpen && client.stream.sentEnd == .fin)
        // Whatever it says now is not heard.
        client.send(.text("x"), ClientFrame(.ping), .close(1000))
        #expect(try client.received() == [])
        #expect(sink.calls == [.opened, .interruption, .closes])
        client.endInput()
        #expect(!client.isOpen && sink.calls.last == .ended(code.rawValue))
    }

    @Test func whoBreaksTheProtocolAndStaysIsCutOff() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        client.send(ClientFrame(.continuation))
        rig.advance(by: .milliseconds(4_900))
        #expect(client.isOpen)
        rig.advance(by: .milliseconds(250))
        #expect(!client.isOpen && sink.summary?.code == 1002)
    }

    @Test func aViolationInTheMidstOfACloseChangesNoCode() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.order(client) { $0.close = .goingAway }
        client.send(ClientFrame(.continuation), .close(1001))
        #expect(try client.received() == [.close(1001, "going away")])
        // Its close was not understood any more.
        #expect(client.isOpen)
        rig.advance(by: .milliseconds(5_200))
        #expect(!client.isOpen && sink.calls == [.opened, .closes, .interruption, .ended(1001)])
    }

    @Test func theServersCloseWaitsForTheClients() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.order(client) { $0.close = .goingAway }
        #expect(try client.received() == [.close(1001, "going away")])
        #expect(client.isOpen && sink.takeCalls() == [.opened, .closes])
        // What the client still says is dropped, pings go unanswered.
        client.send(.text("late"), ClientFrame(.ping, [1]))
        #expect(try client.received() == [])
        client.send(.close(1001))
        #expect(try client.received() == [])
        #expect(!client.isOpen && sink.takeCalls() == [.interruption, .interruption, .ended(1001)])
        #expect(sink.events == ["opened", "ping", "close"])
    }

    /// The code of the server's close counts, whatever the client sends back.
    @Test func theFirstReasonIsTheOneThatIsTold() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.order(client) { $0.close = .replaced }
        client.send(.close(1000))
        #expect(sink.summary?.code == 4001)
    }

    @Test func aClientThatDoesNotAnswerTheCloseIsCutOff() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.order(client) { $0.close = .goingAway }
        rig.advance(by: .milliseconds(4_900))
        #expect(client.isOpen)
        rig.advance(by: .milliseconds(250))
        #expect(!client.isOpen && sink.summary?.code == 1001)
    }

    @Test func whatWasQueuedGoesOutBeforeTheClose() throws {
        let rig = EndpointRig()
        let client = rig.connect(EchoSink())
        client.setWritable(false)
        client.send(.text("queued"))
        rig.order(client) { $0.close = .goingAway }
        // After the close nothing more is put in.
        client.send(.text("late"))
        #expect(try client.received() == [])
        client.send(.close(1001))
        #expect(client.isOpen)
        client.setWritable(true)
        #expect(try client.received() == [.text("queued"), .close(1001, "going away")])
        #expect(!client.isOpen)
    }

    @Test func theClientsCloseWaitsForWhatIsQueuedToo() throws {
        let sink = EchoSink()
        let client = EndpointRig().connect(sink)
        client.setWritable(false)
        client.send(.text("queued"), .close(1000))
        #expect(client.isOpen)
        client.setWritable(true)
        #expect(try client.received() == [.text("queued"), .close(1000, "")])
        #expect(!client.isOpen)
    }

    @Test func theSinkWordsTheReason() throws {
        final class Wording: WebSocketSink {
            func opened(_ connection: WebSocketConnection) -> WebSocketOpening { .refused(.policyViolation) }
            func received(_ messages: inout WebSocketMessages) { while messages.next() != nil {} }
            func closeReason(_ code: CloseCode) -> String { "no \(code.rawValue)" }
        }
        #expect(try EndpointRig().connect(Wording()).received() == [.close(1008, "no 1008")])
    }

    // MARK: - Shutdown

    @Test func aDrainIsAnnouncedAndThenCarriedOut() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.network.turn { rig.context.connections.announceDrain(reconnectAfterMilliseconds: 500...500) }
        #expect(sink.takeCalls() == [.opened, .goesAway(500)] && client.connection.progress == .open)
        rig.network.turn { rig.context.connections.drain() }
        #expect(try client.received() == [.close(1001, "going away")])
        client.send(.close(1001))
        #expect(!client.isOpen && sink.takeCalls() == [.closes, .interruption, .ended(1001)])
        #expect(rig.context.connections.count == 0)
    }

    /// Its upgrade was accepted before the shutdown, by a loop that had its turn after this one.
    @Test(arguments: [WebSocketOpening.open(paused: false), .held(until: .init(nanoseconds: .max / 2))])
    func whoComesDuringTheShutdownIsToldToo(_ opening: WebSocketOpening) throws {
        func farewell(_ call: TestSink.Call, _ connection: WebSocketConnection) {
            switch call {
            case .opened: connection.send(.init(string: "welcome"), .text)
            case .goesAway: connection.send(.init(string: "farewell"), .text)
            default: break
            }
        }
        let rig = EndpointRig()
        rig.network.turn { rig.context.connections.announceDrain(reconnectAfterMilliseconds: 700...700) }
        let early = rig.connect(TestSink(opening, react: farewell))
        #expect(try early.received() == [.text("welcome"), .text("farewell")])
        #expect(early.isOpen)
        rig.network.turn { rig.context.connections.drain() }
        #expect(try early.received() == [.close(1001, "going away")])
        let late = rig.connect(TestSink(opening, react: farewell))
        #expect(try late.received() == [.text("welcome"), .text("farewell"), .close(1001, "going away")])
    }

    @Test func whoIsRefusedDuringTheShutdownIsToldNothingElse() throws {
        let rig = EndpointRig()
        rig.network.turn {
            rig.context.connections.announceDrain(reconnectAfterMilliseconds: 700...700)
            rig.context.connections.drain()
        }
        let sink = TestSink(.refused(.serverFull)) { call, connection in
            if case .goesAway = call { connection.send(.init(string: "farewell"), .text) }
        }
        #expect(try rig.connect(sink).received() == [.close(1013, "server full")])
    }

    @Test func anAbortIsAtOnce() throws {
        let rig = EndpointRig()
        let sink = TestSink()
        let client = rig.connect(sink)
        rig.network.turn { client.connection.abort() }
        #expect(!client.isOpen && sink.calls == [.opened, .closes, .ended(1006)])
    }

    /// By whom the connection ends: its client, this server with its code, or nobody.
    @Test func theSinkIsToldByWhomItEnds() throws {
        let ends: [(WebSocketCloseCause, (MemoryWebSocket) -> Void)] = [
            (.client, { $0.send(.close(1000)) }), (.client, { $0.send(.close(nil)) }), (.broken, { $0.drop() }),
            (.server(.goingAway), { $0.connection.drain() }), (.server(.slowConsumer), { $0.connection.beginClose(.slowConsumer) }),
            (.server(.protocolError), { $0.send(ClientFrame(.continuation)) }),
        ]
        for (cause, end) in ends {
            let rig = EndpointRig()
            let sink = TestSink()
            let client = rig.connect(sink)
            end(client)
            rig.network.turn {}
            #expect(sink.closeCause == cause)
            client.drop()
            #expect(sink.closeCause == cause)
        }
    }
}
