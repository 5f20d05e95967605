import ArgumentParser
import Foundation
import Generation

/// Parts of a model that lie outside its folder.
struct ModelParts: ParsableArguments {
    @Option(
        help: ArgumentHelp("U-Net and text encoder in one file (ModelT2V.pth), in place of the model folder's.", valueName: "file"),
        completion: .file())
    var checkpoint: String?

    @Option(help: ArgumentHelp("Autoencoder folder (vae_finetuned), in place of the model folder's.", valueName: "dir"),
        completion: .directory)
    var vae: String?

    func layout(_ folder: URL) throws -> ModelLayout {
        for (name, path) in [("--checkpoint", checkpoint), ("--vae", vae)] {
            if let path, !FileManager.default.fileExists(atPath: path) {
                throw ModelNotFound("\(name) names '\(path)', which does not exist")
            }
        }
        return try ModelLayout(
            folder, checkpoint: checkpoint.map { URL(fileURLWithPath: $0) }, autoencoder: vae.map { URL(fileURLWithPath: $0) })
    }

    /// Refuses parts where there is no model that they could belong to.
    func checkAreAbsent() throws {
        if checkpoint != nil || vae != nil {
            throw UsageError("--checkpoint and --vae name parts of a model folder, and a single file is converted")
        }
    }
}

/// Where the model is.
enum ModelLocation {
    /// The starter's place in a copy of the project.
    private static let shipped = "Weights/starter"
    private static let variable = "VIDRD_MODEL"

    /// The folder that was asked for; else the one that VIDRD_MODEL names; else the starter, beside the program or in a
    /// folder above it, or in the current folder.
    static func find(_ asked: String?) throws -> URL {
        if let asked { return try check(asked, source: "--model") }
        if let named = ProcessInfo.processInfo.environment[variable], !named.isEmpty {
            return try check(named, source: variable)
        }
        if let found = Shipped.find(shipped, where: isFolder) { return found }
        let above = Shipped.program.map { " and beside and above \($0.path)" } ?? ""
        throw ModelNotFound(
            "no model: looked for \(shipped) here\(above); name a model folder with --model DIR or in \(variable)")
    }

    private static func check(_ path: String, source: String) throws -> URL {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ModelNotFound("no model: \(source) names '\(path)', which does not exist; it must be a model folder")
        }
        guard isFolder(path) else {
            throw ModelNotFound("no model: \(source) names '\(path)', which is a file; it must be a model folder")
        }
        return URL(fileURLWithPath: path)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

struct ModelNotFound: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
