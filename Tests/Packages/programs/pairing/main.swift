import SignalingClient
import SignalingClientNIO

let service = try SignalingService(CommandLine.arguments[1])
let code = try await service.createCode()
let room = try await service.redeemCode(code.digits)
async let asked: Void = service.withSession(in: code.room) { session in
    try await session.send("hello")
    for try await reply in session.items(of: String.self) { return print(reply) }
}
try await service.withSession(in: room) { session in
    for try await text in session.items(of: String.self) { return try await session.send("\(text) to you") }
}
try await asked
