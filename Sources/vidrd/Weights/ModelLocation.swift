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
    /// The model that is taken where nobody names one.
    private static let usual = "starter"
    private static let variable = "VIDRD_MODEL"

    /// The folder or the model that ships that was asked for; else what VIDRD_MODEL names; else the starter.
    ///
    /// Throws `ModelNotFound`.
    static func find(_ asked: String?) throws -> URL {
        if let asked { return try find(asked, source: "--model") }
        if let named = ProcessInfo.processInfo.environment[variable], !named.isEmpty {
            return try find(named, source: variable)
        }
        if let found = Shipped.models[usual] { return found }
        let above = Shipped.program.map { " and beside and above \($0.path)" } ?? ""
        throw ModelNotFound(
            "no model: looked for \(Shipped.weights)/\(usual) here\(above); name a model folder with --model DIR or in \(variable)")
    }

    private static func find(_ asked: String, source: String) throws -> URL {
        let place = URL(fileURLWithPath: asked), shipped = Shipped.models[asked]
        if isFolder(asked) {
            if let shipped, shipped.resolvingSymlinksInPath().path != place.resolvingSymlinksInPath().path {
                Console.status("\(source) names the folder '\(asked)' here, and not the model of that name that ships (\(shipped.path))")
            }
            return place
        }
        if let shipped { return shipped }
        let problem = FileManager.default.fileExists(atPath: asked)
            ? "which is a file; it must be a model folder" : "which does not exist"
        let names = Shipped.models.keys.sorted().joined(separator: ", ")
        throw ModelNotFound(
            "no model: \(source) names '\(asked)', \(problem); \(names.isEmpty ? "no model ships here" : "models that ship: \(names)"); "
                + "a folder needs model_index.json and a folder for each part that it names, or VidRD's three downloads")
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
