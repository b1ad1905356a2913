import Testing
@testable import SignalingClient
@Suite struct WireTests {}
