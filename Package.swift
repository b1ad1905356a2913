// swift-tools-version: 6.2
import PackageDescription

// Dependencies point one way only:
//   nt-backend-wrtc → ServerApp → {HTTPServer | WebSocketServer} → SignalingRuntime → SignalingCore → SignalingWire
// ServerConfiguration and ServerLogging serve ServerApp alone. `scripts/check-imports` holds every target to what is declared here.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioLocks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleTestKit: Target.Dependency = .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "nt-backend-wrtc",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "nt-backend-wrtc", targets: ["nt-backend-wrtc"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "SignalingWire", dependencies: [nio], swiftSettings: strict),
        .target(name: "SignalingCore", dependencies: ["SignalingWire", nio], swiftSettings: strict),
        .target(name: "SignalingRuntime", dependencies: ["SignalingCore", "SignalingWire", nio, nioLocks], swiftSettings: strict),
        .target(
            name: "HTTPServer",
            dependencies: ["SignalingRuntime", "SignalingCore", "SignalingWire", nio, nioHTTP1, logging],
            swiftSettings: strict),
        .target(
            name: "WebSocketServer",
            dependencies: ["SignalingRuntime", "SignalingCore", "SignalingWire", nio, logging],
            swiftSettings: strict),
        .target(name: "ServerConfiguration", dependencies: [configuration, arguments], swiftSettings: strict),
        .target(name: "ServerLogging", dependencies: [logging], swiftSettings: strict),
        .target(
            name: "ServerApp",
            dependencies: [
                "HTTPServer", "WebSocketServer", "SignalingRuntime", "SignalingCore", "SignalingWire",
                "ServerConfiguration", "ServerLogging",
                nio, nioLocks, nioPosix, nioHTTP1, nioSSL, logging, arguments, lifecycle, signals,
            ],
            swiftSettings: strict),
        .executableTarget(name: "nt-backend-wrtc", dependencies: ["ServerApp", arguments], swiftSettings: strict),

        .target(
            name: "SignalingTestKit",
            dependencies: ["SignalingRuntime", "SignalingCore", "SignalingWire", nio, nioLocks, nioPosix, nioSSL],
            swiftSettings: strict),
        // Tools of the tests, not products: each is described in docs/testing.md.
        .target(
            name: "SignalingSimulation",
            dependencies: [
                "WebSocketServer", "SignalingRuntime", "SignalingCore", "SignalingWire", "SignalingTestKit", nio, logging,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "simulate", dependencies: ["SignalingSimulation", arguments, nioLocks], path: "Tools/simulate", swiftSettings: strict),
        .executableTarget(
            name: "conformance-echo",
            dependencies: [
                "HTTPServer", "WebSocketServer", "SignalingRuntime", "SignalingCore", "SignalingWire", nio, nioPosix, logging,
            ],
            path: "Tools/conformance-echo", swiftSettings: strict),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "HTTPServer", "WebSocketServer", "SignalingRuntime", "SignalingCore", "SignalingWire", "ServerConfiguration",
                "SignalingTestKit", nio, nioEmbedded, nioHTTP1, logging,
            ],
            path: "Tools/fuzz", swiftSettings: strict),

        .testTarget(name: "SignalingWireTests", dependencies: ["SignalingWire", "SignalingTestKit", nio], swiftSettings: strict),
        .testTarget(
            name: "SignalingCoreTests", dependencies: ["SignalingCore", "SignalingWire", "SignalingTestKit", nio], swiftSettings: strict),
        .testTarget(
            name: "SignalingRuntimeTests",
            dependencies: ["SignalingRuntime", "SignalingCore", "SignalingWire", "SignalingTestKit", nio, nioPosix, nioEmbedded],
            swiftSettings: strict),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: [
                "HTTPServer", "SignalingRuntime", "SignalingCore", "SignalingWire", "SignalingTestKit", nio, nioEmbedded, nioHTTP1, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WebSocketServerTests",
            dependencies: [
                "WebSocketServer", "SignalingRuntime", "SignalingCore", "SignalingWire", "SignalingTestKit", nio, nioEmbedded, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SignalingSimulationTests", dependencies: ["SignalingSimulation", "SignalingTestKit"], swiftSettings: strict),
        .testTarget(name: "ServerConfigurationTests", dependencies: ["ServerConfiguration", arguments], swiftSettings: strict),
        .testTarget(name: "ServerLoggingTests", dependencies: ["ServerLogging", logging], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ServerApp", "ServerConfiguration", "SignalingRuntime", "SignalingCore", "SignalingWire", "SignalingTestKit",
                nio, nioLocks, nioPosix, nioSSL, logging, lifecycleTestKit,
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
