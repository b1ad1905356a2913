import SignalingClient
import SignalingClientNIO

let service = try SignalingService("http://127.0.0.1:1234")
let code = try await service.createCode()
print("Code \(code.digits)")
