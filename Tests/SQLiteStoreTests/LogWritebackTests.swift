import Testing

@testable import SQLiteStore

struct LogWritebackTests {
    @Test func itIsDueOnceInHalfAMebibyteAndBeginsAnewWithTheLog() {
        var writeback = LogWriteback(path: "/nowhere")
        let pages = [1, 127, 128, 129, 255, 256, 1000, 1100, 3, 130, 131]
        #expect(pages.filter { writeback.isDue(at: $0) } == [128, 256, 1000, 130])
    }

    @Test func aLogThatIsNotThereIsNoFault() {
        var writeback = LogWriteback(path: "/nowhere/at/all")
        writeback.grown(to: 4096)
    }
}
