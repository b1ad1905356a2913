// swift-tools-version: 6.2
import PackageDescription

// Tools that measure and strain a running server from outside, over sockets alone: nothing here knows the server's source, and the
// server's package does not know this one.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let linux: Target.Dependency = .target(name: "CLinux", condition: .when(platforms: [.linux]))

let package = Package(
    name: "nt-benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "bench", targets: ["bench"]),
        .executable(name: "soak", targets: ["soak"]),
        .executable(name: "stalled-peer", targets: ["stalled-peer"]),
        .executable(name: "lean-load", targets: ["lean-load"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .target(name: "LoadClients", dependencies: [nio, nioPosix], swiftSettings: strict),
        .systemLibrary(name: "CLinux"),
        .target(name: "ServerUnderTest", dependencies: [linux], swiftSettings: strict),
        .target(name: "RawLoad", dependencies: [linux], swiftSettings: strict),
        .executableTarget(
            name: "bench", dependencies: ["RawLoad", "LoadClients", "ServerUnderTest", arguments], swiftSettings: strict),
        .executableTarget(name: "lean-load", dependencies: ["LoadClients", nio, nioPosix, arguments], swiftSettings: strict),
        .executableTarget(
            name: "soak", dependencies: ["LoadClients", "ServerUnderTest", nio, nioPosix, arguments], swiftSettings: strict),
        .executableTarget(
            name: "stalled-peer", dependencies: ["LoadClients", "ServerUnderTest", nio, nioPosix, arguments], swiftSettings: strict),
        .testTarget(name: "ServerUnderTestTests", dependencies: ["ServerUnderTest"], swiftSettings: strict),
        .testTarget(name: "RawLoadTests", dependencies: ["RawLoad"], swiftSettings: strict),
        .testTarget(name: "BenchTests", dependencies: ["bench", "RawLoad", "ServerUnderTest", arguments], swiftSettings: strict),
        .testTarget(name: "LoadClientsTests", dependencies: ["LoadClients", nio], swiftSettings: strict),
        .testTarget(name: "SoakTests", dependencies: ["soak", "LoadClients", "ServerUnderTest", nio, nioEmbedded], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
