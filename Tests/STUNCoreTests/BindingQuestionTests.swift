import Testing

@testable import STUNCore

@Suite struct BindingQuestionTests {
    private let question = BindingQuestion { 0x0102_0304_0506_0708 }

    @Test func itIsARequestOfTwentyBytes() {
        #expect(self.question.bytes == [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8])
    }

    @Test func anAnswerHasItsTransaction() {
        let request = self.question.bytes
        let answer = [1, 1] + request[2...]
        #expect(self.question.isAnswered(by: answer) && self.question.isAnswered(by: [1, 0x11] + request[2...] + [0, 9]))
        // Itself, another's, one cut short, and nothing.
        for datagram in [request, answer.dropLast() + [0], Array(answer.dropLast()), []] {
            #expect(!self.question.isAnswered(by: datagram))
        }
    }
}
