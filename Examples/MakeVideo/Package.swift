// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "make-video",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "vidrd", path: "../..")],
    targets: [
        .executableTarget(name: "make-video", dependencies: [.product(name: "VidRDKit", package: "vidrd")]),
    ]
)
