import SignalingClient
import SignalingClientNIO

let service = try SignalingService("http://127.0.0.1:1234")
let code = CommandLine.arguments.count < 2 ? try await service.createCode() : nil
let room = if let code { code.room } else { try await service.redeemCode(CommandLine.arguments[1]) }
if let code { print("Code \(code.digits)") }
try await service.withSession(in: room) { session in
    async let happenings: Void = {
        for try await event in session.events { print("[\(event)]") }
    }()
    try await session.send("hello from side \(session.side.rawValue)")
    for try await text in session.items(of: String.self) { print(text) }
    try await happenings
}
