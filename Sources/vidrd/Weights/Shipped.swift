import Checkpoints
import Foundation

/// Files and folders of the project, which ship with the program.
enum Shipped {
    /// A program in .build/release is reached through links as often as not: the real place counts.
    static var program: URL? { Bundle.main.executableURL?.resolvingSymlinksInPath() }

    /// Looks beside the program, in the folders above it, and in the current folder.
    static func find(_ path: String, where isRight: (String) -> Bool = FileManager.default.fileExists) -> URL? {
        var folder = program?.deletingLastPathComponent()
        while let place = folder, place.path != "/" {
            let candidate = place.appendingPathComponent(path)
            if isRight(candidate.path) { return candidate }
            folder = place.deletingLastPathComponent()
        }
        return isRight(path) ? URL(fileURLWithPath: path) : nil
    }

    /// Where models lie in a copy of the project.
    static let weights = "Weights"

    /// The models that ship, by the names of their folders.
    static var models: [String: URL] {
        guard let folder = find(weights, where: { !names(in: $0).isEmpty }) else { return [:] }
        return Dictionary(uniqueKeysWithValues: names(in: folder.path).map { ($0, folder.appendingPathComponent($0)) })
    }

    private static func names(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/\(DiffusersFolder.indexName)") }
    }

    /// What an option names, and else what ships. Throws `UsageError`.
    static func find(_ path: String, asked: String?, option: String) throws -> URL {
        if let asked {
            guard FileManager.default.fileExists(atPath: asked) else {
                throw UsageError("\(option) names '\(asked)', which does not exist")
            }
            return URL(fileURLWithPath: asked)
        }
        guard let found = find(path) else {
            throw UsageError("there is no \(path) here or above the program; name one with \(option)")
        }
        return found
    }
}
