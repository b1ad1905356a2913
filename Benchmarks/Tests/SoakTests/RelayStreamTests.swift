import LoadClients
import NIOCore
import NIOEmbedded
import Testing

@testable import soak

/// The checks of the soak must bite: each kind of fault is played to them.
@Suite struct RelayStreamTests {
    private let ledger = Ledger()

    private func stream(of frames: Int) -> (RelayStream, [ByteBuffer]) {
        let stream = RelayStream("test", self.ledger)
        let loop = LoadLoop(eventLoop: EmbeddedEventLoop())
        let client = WebSocketClient(.init(room: "", side: .a, address: ""), loop: loop, account: SentAccount())
        let payloads = (0..<frames).map { Payloads.ice($0) }
        for payload in payloads { stream.send(.ice, payload, through: client, at: 0) }
        return (stream, payloads)
    }

    @Test func allInOrderIsNoFault() {
        let (stream, payloads) = self.stream(of: 5)
        for payload in payloads { stream.receive(.text, payload) }
        stream.mustBeEmpty()
        #expect(self.ledger.violationCount == 0)
        #expect(self.ledger.framesReceived == 5)
    }

    @Test func aGapIsALoss() {
        let (stream, payloads) = self.stream(of: 5)
        for index in [0, 1, 4] { stream.receive(.text, payloads[index]) }
        #expect(self.ledger.lost == 2)
    }

    @Test func aMissingEndIsALoss() {
        let (stream, payloads) = self.stream(of: 3)
        stream.receive(.text, payloads[0])
        stream.mustBeEmpty()
        #expect(self.ledger.lost == 2)
    }

    @Test func twiceIsTold() {
        let (stream, payloads) = self.stream(of: 3)
        for index in [0, 1, 1] { stream.receive(.text, payloads[index]) }
        #expect(self.ledger.duplicated == 1)
    }

    @Test func anotherOpcodeOrPayloadIsStrange() {
        let (stream, payloads) = self.stream(of: 2)
        stream.receive(.binary, payloads[0])
        stream.receive(.text, ByteBuffer(string: "{}"))
        #expect(self.ledger.strange == 2)
    }
}

@Suite struct MailboxBookTests {
    private let ledger = Ledger()

    private func book(of items: Int) -> MailboxBook {
        let book = MailboxBook("test", self.ledger)
        for number in 1...items { book.append(Payloads.item(number, bytes: 10)) }
        book.begin(deliveredUpTo: nil)
        return book
    }

    private func receive(_ book: MailboxBook, _ numbers: Int...) {
        for number in numbers { book.receive(seq: number, Payloads.item(number, bytes: 10)) }
    }

    @Test func whatWasNotAcknowledgedComesAgain() {
        let book = self.book(of: 4)
        self.receive(book, 1, 2, 3)
        book.acknowledge(upTo: 2)
        book.confirm()
        book.begin(deliveredUpTo: nil)
        self.receive(book, 3, 4)
        #expect(self.ledger.violationCount == 0)
        #expect(!book.mayExpect)
    }

    @Test func anUncertainAcknowledgementAllowsBoth() {
        for first in [1, 3] {
            let book = self.book(of: 4)
            self.receive(book, 1, 2)
            book.acknowledge(upTo: 2)
            book.breakOff()
            book.begin(deliveredUpTo: nil)
            for number in first...4 { self.receive(book, number) }
        }
        #expect(self.ledger.violationCount == 0)
    }

    @Test func aGapARepetitionAndAChangeAreTold() {
        self.receive(self.book(of: 4), 1, 3)
        #expect(self.ledger.lost == 1)
        self.receive(self.book(of: 4), 1, 1)
        #expect(self.ledger.duplicated == 1)
        self.book(of: 4).receive(seq: 1, Payloads.item(2, bytes: 10))
        #expect(self.ledger.strange == 1)
    }
}
