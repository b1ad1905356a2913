import Testing

@testable import PairTool

@Suite struct PairStoryTests {
    private let lost = PairProblem(code: "server_unreachable", message: "no answer")

    private func told(_ events: [PairEvent], showsFrames: Bool = false) -> [PairNews] {
        var story = PairStory(showsFrames: showsFrames, staysAtEndOfInput: false)
        return events.flatMap { story.tell($0) }
    }

    @Test func theFirstTimeIsAPairingAndEachFurtherOneAReturn() {
        let news = self.told([.redeemed, .connected(resumed: true), .bothPresent, .peerLeft, .bothPresent])
        #expect(news == [.redeemed, .paired, .left, .cameBack])
    }

    @Test func whoMintedIsToldTheCodeAndThatItWaits() {
        let news = self.told([.minted(code: "2802", lifetime: .seconds(600)), .connected(resumed: true)])
        #expect(news == [.code("2802", lifetime: .seconds(600)), .waitingForSomebody])
    }

    @Test func anInterruptionOfOnesOwnDoesNotMakeTheOtherSideComeBack() {
        let news = self.told([
            .connected(resumed: true), .bothPresent, .disconnected(self.lost, delay: .seconds(1)), .connected(resumed: true), .bothPresent,
        ])
        #expect(news == [.paired, .disconnected(self.lost, delay: .seconds(1)), .connectedAgain(forgotten: false)])
    }

    @Test func whoeverLeftDuringAnInterruptionIsToldOnceItIsKnown() {
        let news = self.told([
            .connected(resumed: true), .bothPresent, .disconnected(self.lost, delay: .seconds(1)), .connected(resumed: false), .peerLeft,
            .peerLeft,
        ])
        #expect(news == [.paired, .disconnected(self.lost, delay: .seconds(1)), .connectedAgain(forgotten: true), .left])
    }

    @Test func attemptsThatFailBeforeTheFirstConnectionAreNoReturn() {
        let news = self.told([.redeemed, .disconnected(self.lost, delay: .zero), .connected(resumed: true)])
        #expect(news == [.redeemed, .disconnected(self.lost, delay: .zero)])
    }

    @Test func framesAreShownIfAskedForAndElseSpokenOfOnce() {
        let frame = PairEvent.frame(type: "offer", text: #"{"type":"offer"}"#)
        #expect(self.told([frame, frame]) == [.wantsWebRTC])
        let shown = PairNews.frame(type: "offer", text: #"{"type":"offer"}"#)
        #expect(self.told([frame, frame], showsFrames: true) == [shown, shown])
    }

    @Test func itIsPairedFromTheFirstMeetingOn() {
        var story = PairStory(showsFrames: false, staysAtEndOfInput: false)
        _ = story.tell(.connected(resumed: true))
        #expect(!story.isPaired)
        _ = story.tell(.bothPresent)
        _ = story.tell(.peerLeft)
        #expect(story.isPaired)
    }

    @Test func aFullMailboxIsSaidOnceUntilItHasRoom() {
        #expect(self.told([.mailboxIsFull, .mailboxIsFull, .mailboxHasRoom, .mailboxIsFull]) == [.mailboxIsFull, .mailboxIsFull])
    }

    @Test func theEndOfTheInputLeavesOnceSomebodyWasThere() {
        var story = PairStory(showsFrames: false, staysAtEndOfInput: false)
        story.endInput()
        #expect(!story.isOver)
        _ = story.tell(.bothPresent)
        #expect(story.isOver)
        var late = PairStory(showsFrames: false, staysAtEndOfInput: false)
        _ = late.tell(.bothPresent)
        _ = late.tell(.peerLeft)
        #expect(!late.isOver)
        late.endInput()
        #expect(late.isOver)
    }

    @Test func whoStaysLeavesAfterTheOtherSide() {
        var story = PairStory(showsFrames: false, staysAtEndOfInput: true)
        story.endInput()
        _ = story.tell(.bothPresent)
        #expect(!story.isOver)
        _ = story.tell(.peerLeft)
        #expect(story.isOver)
    }
}
