// swift-tools-version: 6.2
import PackageDescription

// Dependencies point one way only. What knows nothing of signaling:
//   STUNServer → {STUNCore → {TimeKeeping | NetworkAddresses | MetricsCore} | ByteStreams}
//   {SocketTransport | ChannelTransport | RESPClient → NameResolution | PassThrough → HTTPServer | WebSocketServer} → ByteStreams
//   ByteStreams → FairShares → {TimeKeeping | NetworkAddresses | MetricsCore}
// and what does:
//   SignalingClientNIO → SignalingClient, which other packages use
//   nt-backend-wrtc → ServerApp → {SignalingHTTP | SignalingSession} → SignalingRuntime → SignalingCore → SignalingWire
//   SignalingHTTP → AccessRuntime → {AccessCore → SignalingWire | OutgoingHTTP | SignalingRuntime}
//   ServerApp → NodeServer → {NodeRuntime → {NodeCore → EngineScripts | RESPClient | SignalingRuntime} | PassThrough | SignalingHTTP}
// ServerConfiguration, ServerLogging and WebFiles serve ServerApp alone. `scripts/test build` holds every target to what is declared here.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
    // Both for speed (docs/performance.md). Overlapping accesses are still looked for at run time in debug builds, which all tests run on.
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// For what other packages use: what flags they take from it is theirs to choose.
let strictForOthers: [SwiftSetting] = Array(strict.dropLast())

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioLocks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleTestKit: Target.Dependency = .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

/// Where SwiftPM and Xcode put what another package depends on. Of this package they compile the client then, which is for older systems
/// than the server; a package has one list of platforms for both.
let isDependency = Context.packageDirectory.split(separator: "/").contains("checkouts")

let package = Package(
    name: "nt-backend-wrtc",
    platforms: [.macOS(isDependency ? .v14 : .v15), .iOS(.v17)],
    products: [
        .executable(name: "nt-backend-wrtc", targets: ["nt-backend-wrtc"]),
        .library(name: "SignalingClient", targets: ["SignalingClient"]),
        .library(name: "SignalingClientNIO", targets: ["SignalingClientNIO"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0", traits: []),
    ],
    targets: [
        .target(name: "CByteScan"),
        .target(name: "ByteScan", swiftSettings: strict),
        .target(name: "TimeKeeping", swiftSettings: strict),
        .target(name: "NetworkAddresses", dependencies: ["ByteScan"], swiftSettings: strict),
        .target(name: "WebSocketCore", dependencies: ["ByteScan", "TimeKeeping", nio], swiftSettings: strict),
        .target(name: "SignalingWire", dependencies: ["ByteScan", "CByteScan", "WebSocketCore", nio], swiftSettings: strict),
        .target(
            name: "SignalingCore",
            dependencies: ["SignalingWire", "WebSocketCore", "ByteScan", "NetworkAddresses", "TimeKeeping", nio, deque, crypto],
            swiftSettings: strict),
        // Which servers help peers to find a way to each other: URLs, lists of them, and what a provider's list is good for.
        .target(
            name: "ICECore", dependencies: ["SignalingWire", "NetworkAddresses", "ByteScan", "TimeKeeping", nio], swiftSettings: strict),
        // Who may use the server: what keys, tokens and a webhook's answers mean.
        .target(
            name: "AccessCore", dependencies: ["SignalingWire", "ByteScan", "NetworkAddresses", "TimeKeeping", crypto, cryptoExtras],
            swiftSettings: strict),
        // What nodes do on an engine of scripts, and what its replies mean.
        .target(
            name: "EngineScripts",
            dependencies: ["RESPCore", "SignalingCore", "SignalingWire", "ByteScan", "NetworkAddresses", "TimeKeeping", nio],
            swiftSettings: strict),
        // What a node decides: whether it is one, where a connection goes, and what of its rooms is written.
        .target(
            name: "NodeCore",
            dependencies: ["EngineScripts", "SignalingCore", "SignalingWire", "NetworkAddresses", "TimeKeeping", nio, deque],
            swiftSettings: strict),
        // What an operator's signals, renewed files and service manager ask for.
        .target(name: "OperationCore", dependencies: ["TimeKeeping"], swiftSettings: strict),
        .target(name: "FairShares", dependencies: ["TimeKeeping", "NetworkAddresses", "MetricsCore", nioLocks], swiftSettings: strict),
        .target(
            name: "ByteStreams", dependencies: ["FairShares", "TimeKeeping", "NetworkAddresses", "CPortableSockets", nio, nioLocks],
            swiftSettings: strict),
        .target(name: "NameResolution", dependencies: ["ByteStreams", "TimeKeeping", "ServerThreads", nio], swiftSettings: strict),
        .target(name: "MetricsCore", swiftSettings: strict),
        .target(
            name: "WebSocketServer",
            dependencies: ["ByteStreams", "FairShares", "WebSocketCore", "NetworkAddresses", "ByteScan", "TimeKeeping", nio, nioLocks],
            swiftSettings: strict),
        .target(name: "RESPCore", dependencies: ["ByteScan", "NetworkAddresses", "TimeKeeping", nio, deque], swiftSettings: strict),
        .target(
            name: "RESPClient",
            dependencies: [
                "RESPCore", "ByteStreams", "NameResolution", "MetricsCore", "ByteScan", "NetworkAddresses", "TimeKeeping", nio, nioLocks,
            ],
            swiftSettings: strict),
        .target(
            name: "HTTPServer",
            dependencies: ["ByteStreams", "MetricsCore", "ByteScan", "NetworkAddresses", "TimeKeeping", nio, nioLocks, logging],
            swiftSettings: strict),
        .target(
            name: "PassThrough",
            dependencies: ["HTTPServer", "ByteStreams", "ByteScan", "NetworkAddresses", "TimeKeeping", nio, crypto],
            swiftSettings: strict),
        .target(
            name: "SignalingRuntime",
            dependencies: [
                "SignalingCore", "ICECore", "SignalingWire", "WebSocketServer", "WebSocketCore", "ByteStreams", "FairShares", "MetricsCore",
                "TimeKeeping", "NetworkAddresses", nio, nioLocks,
            ],
            swiftSettings: strict),
        // Asks those who say who may use the server.
        .target(
            name: "AccessRuntime",
            dependencies: [
                "AccessCore", "OutgoingHTTP", "SignalingRuntime", "SignalingCore", "ByteStreams", "NetworkAddresses", "TimeKeeping",
                nioLocks, logging,
            ],
            swiftSettings: strict),
        // Carries out what a node decides.
        .target(
            name: "NodeRuntime",
            dependencies: [
                "NodeCore", "EngineScripts", "RESPCore", "RESPClient", "SignalingRuntime", "SignalingCore", "SignalingWire", "ByteStreams",
                "ByteScan", "NetworkAddresses", "TimeKeeping", nio, nioLocks, deque, logging,
            ],
            swiftSettings: strict),
        .target(
            name: "SignalingSession",
            dependencies: [
                "SignalingRuntime", "SignalingCore", "SignalingWire", "WebSocketServer", "WebSocketCore", "ByteStreams", "MetricsCore",
                "ByteScan",
                "TimeKeeping", "NetworkAddresses", nio, logging,
            ],
            swiftSettings: strict),
        .target(
            name: "SignalingHTTP",
            dependencies: [
                "AccessRuntime", "AccessCore", "SignalingRuntime", "SignalingCore", "SignalingWire", "HTTPServer", "ByteStreams",
                "FairShares", "MetricsCore", "STUNCore", "ByteScan", "TimeKeeping", "NetworkAddresses", nio, logging,
            ],
            swiftSettings: strict),
        // Passes connections on to the nodes that their rooms are at.
        .target(
            name: "NodeServer",
            dependencies: [
                "NodeRuntime", "NodeCore", "EngineScripts", "PassThrough", "SignalingHTTP", "SignalingRuntime", "SignalingWire",
                "HTTPServer",
                "ByteStreams", "NameResolution", "NetworkAddresses", "TimeKeeping", nio, nioLocks, logging,
            ],
            swiftSettings: strict),
        // What browsers are sent; the plugin makes a source of it, and one file of the client's modules
        // (docs/decisions/0011-embedded-files.md). package.json is for Node, which runs the tests.
        .target(name: "WebFiles", path: "Web", exclude: ["package.json"], swiftSettings: strict, plugins: ["EmbedWeb"]),
        .plugin(name: "EmbedWeb", capability: .buildTool(), dependencies: ["embed-web"]),
        .executableTarget(
            name: "embed-web", dependencies: ["ModuleBundler"], path: "Tools/embed-web", swiftSettings: strict,
            // Not gold, the default of Linux: it was seen to end with an internal error on this tool, which SwiftPM reports and goes on from.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))]),
        .target(name: "ModuleBundler", swiftSettings: strict),
        .target(name: "CLinuxSockets"),
        .target(name: "CPortableSockets"),
        .target(
            name: "SocketTransport",
            dependencies: [
                "ByteStreams", "NetworkAddresses", "TimeKeeping", "ServerThreads", "CLinuxSockets", "CPortableSockets", nio, nioLocks,
            ],
            swiftSettings: strict),
        .target(
            name: "ChannelTransport",
            dependencies: ["ByteStreams", "NetworkAddresses", "TimeKeeping", nio, nioLocks, nioPosix, nioTLS, nioSSL],
            swiftSettings: strict),
        .target(
            name: "ServerConfiguration", dependencies: ["RESPCore", "ICECore", "ByteScan", "NetworkAddresses", configuration, arguments],
            swiftSettings: strict),
        // What is right and wrong with settings, files and the machine.
        .target(name: "SetupCore", swiftSettings: strict),
        .target(name: "ServerThreads", swiftSettings: strict),
        // Requests that this server makes of others.
        .target(
            name: "OutgoingHTTP", dependencies: ["TimeKeeping", asyncHTTPClient, nio, nioPosix, nioHTTP1, nioSSL], swiftSettings: strict),
        // Asks a provider for ICE servers.
        .target(
            name: "ICEProvider",
            dependencies: ["ICECore", "OutgoingHTTP", "SignalingRuntime", "ByteStreams", "TimeKeeping", logging], swiftSettings: strict),
        .target(name: "ServerLogging", dependencies: ["ServerThreads", logging], swiftSettings: strict),
        // Text as a square of dark and light modules.
        .target(name: "QRCode", swiftSettings: strict),
        // What a person sees of a pairing in a terminal, and how the terminal is read and written.
        .target(name: "PairTool", dependencies: ["QRCode", "ServerThreads", "SignalingClient"], swiftSettings: strict),
        // What an operator sees of a server in a terminal, made of its metrics.
        .target(
            name: "TopTool", dependencies: ["PairTool", "OutgoingHTTP", "ServerThreads", "SignalingClient", "TimeKeeping"],
            swiftSettings: strict),
        .target(name: "STUNCore", dependencies: ["NetworkAddresses", "MetricsCore", "TimeKeeping"], swiftSettings: strict),
        // What is to be made of what a server looks like from outside, and what TURN servers are asked.
        .target(name: "DoctorCore", dependencies: ["ICECore", "STUNCore", "NetworkAddresses", crypto], swiftSettings: strict),
        // Looks at a server from outside, as its clients see it.
        .target(
            name: "Doctor",
            dependencies: [
                "DoctorCore", "ICECore", "NetworkAddresses", "OutgoingHTTP", "SetupCore", "SignalingClient", "SignalingClientNIO",
                "TimeKeeping", nio, nioPosix, nioSSL, nioTLS,
            ],
            swiftSettings: strict),
        .target(
            name: "STUNServer",
            dependencies: [
                "STUNCore", "ByteStreams", "MetricsCore", "NetworkAddresses", "TimeKeeping", "ServerThreads", "CPortableSockets", nio,
                nioLocks, logging,
            ],
            swiftSettings: strict),
        // Older C libraries have dlopen in a library of its own.
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "CSQLite", "SignalingRuntime", "SignalingCore", "SignalingWire", "ByteStreams", "NetworkAddresses", "TimeKeeping",
                "ServerThreads", nio, nioLocks, logging,
            ],
            swiftSettings: strict),
        .target(
            name: "ServerApp",
            dependencies: [
                "HTTPServer", "WebSocketServer", "SocketTransport", "ChannelTransport", "ByteStreams", "ByteScan", "FairShares",
                "NetworkAddresses", "TimeKeeping", "CLinuxSockets", "CPortableSockets", "SignalingHTTP", "SignalingSession",
                "SignalingRuntime",
                "SignalingCore", "ServerConfiguration", "ServerLogging", "ServerThreads", "SetupCore", "SQLiteStore", "WebFiles",
                "NodeServer",
                "NodeRuntime",
                "EngineScripts", "RESPCore", "RESPClient", "PassThrough", "NameResolution", "MetricsCore", "STUNServer", "OutgoingHTTP",
                "ICECore", "ICEProvider", "AccessRuntime", "AccessCore", "PairTool", "TopTool", "Doctor", "DoctorCore", "SignalingClient",
                "SignalingClientNIO", "OperationCore", nio, nioLocks, nioPosix, nioSSL, crypto, logging, arguments, lifecycle, signals,
            ],
            swiftSettings: strict),
        // The README's program in Swift, as others build it.
        .executableTarget(
            name: "hello-swift", dependencies: ["SignalingClient", "SignalingClientNIO"], path: "Examples/hello-swift",
            swiftSettings: strictForOthers),
        .executableTarget(name: "nt-backend-wrtc", dependencies: ["ServerApp", arguments], swiftSettings: strict),

        // The client, for other packages: it has nothing of the server's.
        .target(name: "SignalingClient", swiftSettings: strictForOthers),
        .target(
            name: "SignalingClientNIO", dependencies: ["SignalingClient", nio, nioLocks, nioPosix, nioHTTP1, nioWebSocket, nioSSL, crypto],
            swiftSettings: strictForOthers),

        .target(
            name: "SignalingTestKit",
            dependencies: [
                "AccessRuntime", "SignalingHTTP", "SignalingSession", "SignalingRuntime", "SignalingCore", "SignalingWire", "HTTPServer",
                "WebSocketServer", "WebSocketCore", "RESPCore", "ByteStreams", "NetworkAddresses", "TimeKeeping", "ByteScan",
                "ServerThreads", "CPortableSockets", nio, nioLocks, nioPosix, nioSSL, logging,
            ],
            swiftSettings: strict),
        // Tools of the tests, not products: each is described in docs/testing.md.
        .target(
            name: "SignalingSimulation",
            dependencies: [
                "ByteStreams", "FairShares", "WebSocketCore", "NetworkAddresses", "MetricsCore", "TimeKeeping", "WebSocketServer",
                "SignalingRuntime", "EngineScripts", "RESPCore", "SignalingCore", "SignalingWire", "SignalingClient", "SignalingTestKit",
                nio, nioLocks,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "simulate", dependencies: ["SignalingSimulation", arguments, nioLocks], path: "Tools/simulate", swiftSettings: strict),
        .executableTarget(
            name: "conformance-echo",
            dependencies: [
                "HTTPServer", "WebSocketServer", "WebSocketCore", "SocketTransport", "ChannelTransport", "ByteStreams", "FairShares",
                "NetworkAddresses", "TimeKeeping", nio, logging,
            ],
            path: "Tools/conformance-echo", swiftSettings: strict),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "ByteScan", "WebSocketCore", "NetworkAddresses", "TimeKeeping", "ByteStreams", "FairShares", "HTTPServer",
                "WebSocketServer", "PassThrough", "RESPCore", "RESPClient", "SignalingRuntime", "SignalingCore",
                "SignalingWire", "ServerConfiguration", "ICECore", "STUNCore", "DoctorCore", "SetupCore",
                "SignalingClient", "SignalingClientNIO", "SignalingTestKit", nio, logging,
            ],
            path: "Tools/fuzz", swiftSettings: strict),

        // Pairs over a WebRTC connection that another process has.
        .executableTarget(
            name: "pair-over-rtc", dependencies: ["SignalingClient", "SignalingClientNIO", arguments], path: "Tools/pair-over-rtc",
            swiftSettings: strict),

        // Holds sessions of the client, for `bench client`. Built as others build the client.
        .executableTarget(
            name: "client-load", dependencies: ["SignalingClient", "SignalingClientNIO", nioLocks, arguments], path: "Tools/client-load",
            swiftSettings: strictForOthers),

        .target(name: "CAllocationCount"),
        .executableTarget(
            name: "budget",
            dependencies: [
                "SignalingTestKit", "SignalingRuntime", "HTTPServer", "ByteStreams", "NetworkAddresses", "ServerLogging",
                "CAllocationCount",
                nio, logging, arguments,
            ],
            path: "Tools/budget", exclude: ["limits.txt"], swiftSettings: strict),

        .testTarget(name: "ByteScanTests", dependencies: ["ByteScan", "SignalingTestKit"], swiftSettings: strict),
        .testTarget(name: "TimeKeepingTests", dependencies: ["TimeKeeping", "SignalingTestKit"], swiftSettings: strict),
        .testTarget(name: "FairSharesTests", dependencies: ["FairShares", "NetworkAddresses"], swiftSettings: strict),
        .testTarget(name: "NetworkAddressesTests", dependencies: ["NetworkAddresses", "SignalingTestKit"], swiftSettings: strict),
        .testTarget(
            name: "MetricsCoreTests",
            dependencies: ["MetricsCore"],
            swiftSettings: strict),
        .testTarget(
            name: "WebSocketCoreTests", dependencies: ["ByteScan", "WebSocketCore", "TimeKeeping", "SignalingTestKit", nio],
            swiftSettings: strict),
        .testTarget(
            name: "AccessCoreTests",
            dependencies: ["AccessCore", "ByteScan", "NetworkAddresses", "TimeKeeping", "SignalingTestKit", crypto, cryptoExtras],
            swiftSettings: strict),
        .testTarget(
            name: "EngineScriptsTests",
            dependencies: [
                "EngineScripts", "RESPCore", "SignalingSimulation", "SignalingCore", "SignalingWire", "NetworkAddresses", "TimeKeeping",
                "SignalingTestKit", nio,
            ],
            swiftSettings: strict),
        .testTarget(name: "OperationCoreTests", dependencies: ["OperationCore", "TimeKeeping"], swiftSettings: strict),
        .testTarget(
            name: "NodeCoreTests",
            dependencies: [
                "NodeCore", "EngineScripts", "SignalingSimulation", "SignalingCore", "SignalingWire", "NetworkAddresses", "TimeKeeping",
                "WebSocketCore", "SignalingTestKit", nio,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "NodeRuntimeTests",
            dependencies: [
                "NodeServer", "NodeRuntime", "NodeCore", "EngineScripts", "RESPCore", "RESPClient", "PassThrough", "SignalingHTTP",
                "SignalingSession", "SignalingRuntime", "SignalingCore", "SignalingWire", "SignalingSimulation", "HTTPServer",
                "WebSocketCore",
                "ByteStreams", "NetworkAddresses", "TimeKeeping", "SignalingTestKit", nio, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RESPCoreTests", dependencies: ["RESPCore", "TimeKeeping", "SignalingTestKit", nio], swiftSettings: strict),
        .testTarget(
            name: "RESPClientTests",
            dependencies: [
                "RESPClient", "RESPCore", "ByteStreams", "ServerApp", "ChannelTransport", "NameResolution", "MetricsCore", "TimeKeeping",
                "SignalingTestKit", nio, nioLocks, nioSSL,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SignalingWireTests",
            dependencies: ["ByteScan", "WebSocketCore", "NetworkAddresses", "TimeKeeping", "SignalingWire", "SignalingTestKit", nio],
            swiftSettings: strict),
        .testTarget(
            name: "SignalingCoreTests",
            dependencies: [
                "ByteScan", "WebSocketCore", "NetworkAddresses", "TimeKeeping", "SignalingCore", "SignalingWire", "SignalingTestKit", nio,
            ], swiftSettings: strict),
        .testTarget(name: "ICECoreTests", dependencies: ["ICECore", "TimeKeeping", "SignalingTestKit"], swiftSettings: strict),
        .testTarget(
            name: "ICEProviderTests",
            dependencies: [
                "ICEProvider", "ICECore", "OutgoingHTTP", "SignalingRuntime", "ByteStreams", "MetricsCore", "TimeKeeping",
                "SignalingTestKit",
                nioLocks, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SignalingRuntimeTests",
            dependencies: [
                "FairShares", "SignalingRuntime", "SignalingCore", "ICECore", "SignalingWire", "WebSocketServer", "WebSocketCore",
                "ByteStreams",
                "MetricsCore", "NetworkAddresses", "TimeKeeping", "SignalingTestKit", nio, nioLocks, nioPosix,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ByteStreamsTests",
            dependencies: [
                "ByteStreams", "FairShares", "MetricsCore", "NetworkAddresses", "TimeKeeping", "SignalingTestKit", nio, nioLocks,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "ServerApp", "SocketTransport", "ChannelTransport", "NameResolution", "ByteStreams", "CPortableSockets", "NetworkAddresses",
                "TimeKeeping", "ServerThreads", "SignalingTestKit", nio, nioLocks, nioPosix, nioSSL,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "STUNCoreTests", dependencies: ["STUNCore", "NetworkAddresses", "MetricsCore", "TimeKeeping", "SignalingTestKit"],
            swiftSettings: strict),
        .testTarget(
            name: "DoctorCoreTests",
            dependencies: ["DoctorCore", "ICECore", "NetworkAddresses", "SignalingTestKit"], swiftSettings: strict),
        .testTarget(
            name: "STUNServerTests",
            dependencies: [
                "STUNServer", "STUNCore", "ByteStreams", "NetworkAddresses", "MetricsCore", "TimeKeeping", "CPortableSockets",
                "SignalingTestKit", nio, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: [
                "HTTPServer", "ByteStreams", "FairShares", "MetricsCore", "NetworkAddresses", "TimeKeeping", "WebSocketCore",
                "SignalingTestKit", nio, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PassThroughTests",
            dependencies: [
                "PassThrough", "HTTPServer", "SocketTransport", "ChannelTransport", "ByteStreams", "NetworkAddresses", "TimeKeeping",
                "SignalingTestKit", nio, nioLocks, nioSSL, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SignalingHTTPTests",
            dependencies: [
                "AccessRuntime", "AccessCore", "OutgoingHTTP", "FairShares", "SignalingHTTP", "SignalingRuntime", "SignalingCore",
                "ICECore",
                "SignalingWire", "HTTPServer", "ByteStreams", "MetricsCore", "NetworkAddresses", "TimeKeeping", "WebSocketCore",
                "SignalingTestKit", nio, nioLocks, logging, crypto,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WebSocketServerTests",
            dependencies: [
                "WebSocketServer", "WebSocketCore", "ByteStreams", "FairShares", "MetricsCore", "NetworkAddresses", "TimeKeeping",
                "SignalingTestKit", nio,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SignalingSessionTests",
            dependencies: [
                "FairShares", "SignalingSession", "SignalingRuntime", "SignalingCore", "SignalingWire", "WebSocketServer", "WebSocketCore",
                "ByteStreams", "MetricsCore", "NetworkAddresses", "TimeKeeping", "SignalingTestKit", nio, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SignalingSimulationTests",
            dependencies: ["SignalingSimulation", "SignalingRuntime", "SignalingTestKit", "ByteStreams", "TimeKeeping", nio],
            swiftSettings: strict),
        .testTarget(
            name: "ServerConfigurationTests", dependencies: ["ServerConfiguration", "ICECore", "NetworkAddresses", arguments],
            swiftSettings: strict),
        .testTarget(name: "SetupCoreTests", dependencies: ["SetupCore"], swiftSettings: strict),
        .testTarget(name: "QRCodeTests", dependencies: ["QRCode"], swiftSettings: strict),
        .testTarget(name: "PairToolTests", dependencies: ["PairTool", "QRCode"], swiftSettings: strict),
        .testTarget(name: "TopToolTests", dependencies: ["TopTool", "OutgoingHTTP"], swiftSettings: strict),
        .testTarget(name: "ModuleBundlerTests", dependencies: ["ModuleBundler"], swiftSettings: strict),
        .testTarget(name: "ServerLoggingTests", dependencies: ["ServerLogging", "ServerThreads", logging], swiftSettings: strict),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "SQLiteStore", "SignalingRuntime", "SignalingCore", "SignalingWire", "ByteStreams", "NetworkAddresses", "TimeKeeping",
                "ServerThreads", "SignalingTestKit", nio, nioLocks, logging,
            ],
            swiftSettings: strict),
        .testTarget(name: "SignalingClientTests", dependencies: ["SignalingClient", "SignalingClientNIO"], swiftSettings: strict),
        // They run the server's executable, which has to be there.
        .testTarget(
            name: "SignalingClientNIOTests",
            dependencies: ["SignalingClient", "SignalingClientNIO", "nt-backend-wrtc", nio, nioLocks, nioPosix], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ServerApp", "ServerConfiguration", "ChannelTransport", "HTTPServer", "SignalingRuntime", "SignalingCore", "ICECore",
                "SignalingWire",
                "WebSocketCore", "RESPCore", "ByteStreams", "FairShares", "MetricsCore", "NetworkAddresses", "TimeKeeping",
                "SignalingTestKit",
                nio, nioLocks, nioSSL, logging, lifecycleTestKit,
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// The plugin that writes the reference; nobody else should have to fetch it.
if Context.environment["NT_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}

// `scripts/try` has only what the suites need that it runs, so that nothing else is compiled, linked or planned.
if let only = Context.environment["NT_ONLY"] {
    var kept: Set<String> = []
    func keep(_ name: String) {
        guard let target = package.targets.first(where: { $0.name == name }), kept.insert(name).inserted else { return }
        for case .byNameItem(let name, _) in target.dependencies { keep(name) }
        for case .plugin(let name, _) in target.plugins ?? [] { keep(name) }
    }
    for name in only.split(separator: ",") { keep(String(name)) }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll()
}
