// swift-tools-version: 6.0
import PackageDescription

// Rooms stand on the rooms above them in this list and know nothing of those below.
let package = Package(
    name: "vidrd",
    platforms: [.macOS(.v13)],
    products: [
        .executable(name: "vidrd", targets: ["vidrd"]),
        // What a program needs that makes videos; the others are for programs that want a room alone.
        .library(name: "VidRDKit", targets: ["VidRDKit"]),
        .library(name: "Tensors", targets: ["Tensors"]),
        .library(name: "Video", targets: ["Video"]),
        .library(name: "Scenes", targets: ["Scenes"]),
        .library(name: "Training", targets: ["Training"]),
        .library(name: "Evaluation", targets: ["Evaluation"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.0")),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CSentencePieceLibrary", pkgConfig: "sentencepiece", providers: [.apt(["libsentencepiece-dev"])]),
        .target(name: "CSentencePiece", dependencies: ["CSentencePieceLibrary"]),
        .target(name: "Files"),
        .target(name: "CKernels", dependencies: ["COpenBLAS"]),
        .target(name: "Tensors", dependencies: ["CKernels", "COpenBLAS"]),
        .target(name: "Checkpoints", dependencies: ["Files", "Tensors"]),
        .target(name: "Layers", dependencies: ["Tensors", "Checkpoints"]),
        .target(name: "Text", dependencies: ["CSentencePiece", "Layers"]),
        .target(name: "Models", dependencies: ["Layers"]),
        .target(name: "Diffusion", dependencies: ["Tensors"]),
        .target(name: "Video", dependencies: ["CPNG", "Files"]),
        .target(name: "Generation", dependencies: ["Text", "Models", "Diffusion", "Video"]),
        .target(name: "VidRDKit", dependencies: ["Generation", "Video"]),
        .target(name: "Scenes", dependencies: ["Video", "CPNG"]),
        .target(name: "Training", dependencies: ["Generation", "Scenes"]),
        .target(name: "Evaluation", dependencies: ["Text", "Video"]),
        .target(name: "Benchmarks", dependencies: ["Generation", "Scenes", "Training", "Evaluation"]),
        .executableTarget(
            name: "vidrd",
            dependencies: [
                "Generation", "Scenes", "Training", "Evaluation", "Benchmarks", "Video",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(name: "FilesTests", dependencies: ["Files"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"], exclude: ["Fixtures"]),
        .testTarget(name: "LayersTests", dependencies: ["Layers"]),
        .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints"], exclude: ["Fixtures"]),
        .testTarget(name: "TextTests", dependencies: ["Text"], exclude: ["Fixtures"]),
        .testTarget(name: "ModelsTests", dependencies: ["Models", "Text", "Generation"], exclude: ["Fixtures"]),
        .testTarget(name: "DiffusionTests", dependencies: ["Diffusion"], exclude: ["Fixtures"]),
        .testTarget(name: "VideoTests", dependencies: ["Video"]),
        .testTarget(name: "GenerationTests", dependencies: ["Generation"], exclude: ["Fixtures"]),
        .testTarget(name: "ScenesTests", dependencies: ["Scenes", "Video"]),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation"], exclude: ["Fixtures"]),
        .testTarget(name: "BenchmarksTests", dependencies: ["Benchmarks"]),
        .testTarget(name: "TrainingTests", dependencies: ["Training"], exclude: ["Fixtures"]),
        .testTarget(name: "CommandLineTests", dependencies: ["vidrd", "Training"], exclude: ["Fixtures"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// Rooms are in the Swift 6 language mode. Tests are not yet: their tables of tensors and operations are shared without
// being `Sendable`, since who has a tensor may write through its pointer.
for target in package.targets where target.type == .test { target.swiftSettings = [.swiftLanguageMode(.v5)] }
