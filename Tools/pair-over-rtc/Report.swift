import Foundation
import SignalingClient

/// A line of the output.
struct Report: Encodable {
    var event: String
    var code: String?
    var text: String?
    var bytes: Int?
    var verified: String?

    /// Longer messages are told of by their size alone.
    private static let longestText = 1_000

    init(_ event: String, code: String? = nil, text: String? = nil) {
        self.event = event
        self.code = code
        self.text = text
    }

    init(linked link: Link) {
        self.init("linked", text: link.sixDigits)
        self.verified = link.verified?.rawValue
    }

    init(message: [UInt8]) {
        self.init("message", text: message.count <= Self.longestText ? String(decoding: message, as: UTF8.self) : nil)
        self.bytes = message.count
    }

    init(_ event: PairingEvent) {
        switch event {
        case .waiting: self.init("waiting")
        case .negotiating: self.init("negotiating")
        case .warning(let diagnosis): self.init("warning", code: diagnosis.cause)
        case .sixDigits(let digits): self.init("sixDigits", text: digits)
        case .connected: self.init("connected")
        case .interrupted: self.init("interrupted")
        case .restored: self.init("restored")
        case .forged: self.init("forged")
        case .peerLeft: self.init("peerLeft")
        case .problem(let error): self.init("problem", code: error.code.rawValue, text: error.message)
        }
    }

    init(failed error: any Error) {
        let known = error as? ClientError
        self.init("failed", code: known?.code.rawValue, text: known?.message ?? "\(error)")
    }

    func say() {
        // Of strings and numbers there is always JSON; written at once, since whoever reads waits for it.
        guard let line = try? JSONEncoder().encode(self) else { return }
        try? FileHandle.standardOutput.write(contentsOf: line + Data("\n".utf8))
    }
}
