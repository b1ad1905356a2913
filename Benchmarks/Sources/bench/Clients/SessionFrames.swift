import RawLoad

/// What the two sides of a pairing say, as payloads and as frames.
struct SessionFrames {
    let offer = BrowserFrames.description("offer", bytes: 2500)
    let answer = BrowserFrames.description("answer", bytes: 2500)
    let candidates = (0..<8).map { BrowserFrames.candidate($0, bytes: 200) }
    let offerFrame: [UInt8]
    let answerFrame: [UInt8]
    let candidateFrames: [[UInt8]]
    /// Telemetry and the close frame in one write.
    let goodbye: [UInt8]

    init() {
        self.offerFrame = ClientFrame.text(self.offer)
        self.answerFrame = ClientFrame.text(self.answer)
        self.candidateFrames = self.candidates.map(ClientFrame.text)
        self.goodbye = ClientFrame.text(Array(#"{"type":"telemetry","event":"ice-connected"}"#.utf8)) + ClientFrame.close(1000)
    }
}
