// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "hello",
    platforms: [.macOS(.v14)],
    dependencies: [.package(url: "https://git.example.org/nt-backend-wrtc", from: "0.2.0")],
    targets: [
        .executableTarget(
            name: "hello",
            dependencies: [
                .product(name: "SignalingClient", package: "nt-backend-wrtc"),
                .product(name: "SignalingClientNIO", package: "nt-backend-wrtc"),
            ])
    ]
)
