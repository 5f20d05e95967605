import Files
import Foundation
import Testing

@testable import Training

/// A recipe's file is edited by hand: what no training could be made of is refused by file and key, before anything is drawn.
@Suite struct StarterRecipeTests {
    private static func object(_ recipe: StarterRecipe = StarterRecipe()) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(recipe)) as? [String: Any])
    }

    /// The object with another value under a path such as "clips.fps"; nil takes the key away.
    private static func changed(_ object: [String: Any], _ path: [String], _ value: Any?) -> [String: Any] {
        var object = object
        if path.count == 1 {
            object[path[0]] = value
        } else {
            object[path[0]] = changed(object[path[0]] as? [String: Any] ?? [:], Array(path.dropFirst()), value)
        }
        return object
    }

    private func read(_ object: [String: Any]) throws -> StarterRecipe {
        try JSONFile.decode(StarterRecipe.self, from: JSONSerialization.data(withJSONObject: object), file: "recipe.json")
    }

    private func refusal(_ path: String, _ value: Any?, of recipe: StarterRecipe = StarterRecipe()) throws -> String {
        let object = try Self.changed(Self.object(recipe), path.split(separator: ".").map(String.init), value)
        let error = #expect(throws: FileError.self, "\(path): \(value ?? "-")") { try self.read(object) }
        return error.map { "\($0)" } ?? ""
    }

    /// Paths of all values but the networks' sizes, which have checks of their own.
    private static func leaves(_ object: [String: Any], _ path: String = "") -> [(path: String, value: Any)] {
        object.flatMap { key, value -> [(String, Any)] in
            let place = path.isEmpty ? key : "\(path).\(key)"
            if key == "sizes" { return [] }
            guard let inner = value as? [String: Any] else { return [(place, value)] }
            return leaves(inner, place)
        }
    }

    @Test func everyKeyIsChecked() throws {
        var recipe = StarterRecipe()
        recipe.clips.explicitShare = 0.5
        for stage in StarterStage.allCases { recipe[keyPath: stage.schedule].minutes = 5 }
        let object = try Self.object(recipe), leaves = Self.leaves(object)
        #expect(try read(object) == recipe && leaves.count > 70)
        for (path, value) in leaves {
            let message = try refusal(path, value is String ? "x" : path == "decoder.spatial" ? "yes" : -1, of: recipe)
            #expect(message.hasPrefix("recipe.json: key \"\(path)\" ") && message.contains("must be"), "\(message)")
            // Optional ones are those that may be left out.
            let isOptional = ["explicit_share", "steps", "minutes", "optimizer"].contains { path.hasSuffix($0) }
            let keys = path.split(separator: ".").map(String.init)
            if !isOptional { #expect(try refusal(path, nil, of: recipe) == "recipe.json: key \"\(path)\" is missing") }
            let misspelt = Array(keys.dropLast()) + [keys[keys.count - 1] + "s"]
            let unknown = try refusal(misspelt.joined(separator: "."), 1, of: recipe)
            #expect(unknown.hasPrefix("recipe.json: key \"\(misspelt.joined(separator: "."))\" is not known; known are "), "\(unknown)")
        }
    }

    @Test(arguments: [
        ("explicit.explicit_share", 1.5, "is 1.5 and must be from 0 to 1"),
        ("clips.explicit_share", -0.1, "is -0.1 and must be from 0 to 1"),
        ("image.schedule.rate", -8e-4, "is -0.0008 and must be above 0 and up to 10"),
        ("image.schedule.rate", 0, "is 0 and must be above 0 and up to 10"),
        ("image.schedule.rate", 1e-300, "is too small for a number of 32 bits"),
        ("video.schedule.steps", 0, "is 0 and must be a whole number from 1 to 1000000000"),
        ("video.schedule.steps", 1.5, "is 1.5 and must be a whole number from 1 to 1000000000"),
        ("joint.schedule.batch", 0, "is 0 and must be a whole number from 1 to 100000"),
        ("clips.fps", 0, "is 0 and must be above 0 and up to 1000"),
        ("clips.drawn", 0, "is 0 and must be a whole number from 1 to 1000000000"),
        ("seed", -1, "is -1 and must be a whole number from 0 to 18446744073709551615"),
        ("stills.size", 100, "is 100 and must be a multiple of 8 from 16 on, as the autoencoder's sizes ask"),
        ("video.frames", 17, "is 17 and must be up to 16, as many as \"clips\" have"),
        ("joint.frames", 17, "is 17 and must be up to 16, as many as \"fresh\" have"),
        ("image.sizes.in_channels", 4, "is 4 and must be 8, the autoencoder's latent_channels"),
        ("image.sizes.cross_attention_dim", 96, "is 96 and must be 192, the text encoder's width"),
    ] as [(String, Double, String)])
    func whatNoTrainingIsMadeOf(_ path: String, _ value: Double, _ problem: String) throws {
        #expect(try refusal(path, value) == "recipe.json: key \"\(path)\" \(problem)")
    }

    @Test func optimizersAreKnownByName() throws {
        #expect(try refusal("image.schedule.optimizer", "sgd") == "recipe.json: key \"image.schedule.optimizer\" is \"sgd\" and must be \"adamw\" or \"muon\"")
        // A recipe of before there was a choice is AdamW's.
        let older = try read(Self.changed(Self.object(), ["image", "schedule", "optimizer"], nil))
        #expect(older.image.schedule.optimizer == .adamW && older.video.schedule.optimizer == .muon)
    }

    /// What moves vectors keeps its speed when the optimiser of matrices is another one.
    @Test func ratesAreTheOptimisers() {
        let muon = StarterRecipe.Schedule(steps: 1, batch: 1, rate: 2e-3, optimizer: .muon)
        #expect(muon.rate(with: .muon) == 2e-3 && abs(muon.rate(with: .adamW) - 8e-4) < 1e-9)
        let adamW = StarterRecipe.Schedule(steps: 1, batch: 1, rate: 8e-4, optimizer: .adamW)
        #expect(adamW.rate(with: .adamW) == 8e-4 && abs(adamW.rate(with: .muon) - 2e-3) < 1e-9)
    }

    @Test func everyStageNamesItsOptimiser() throws {
        var recipe = StarterRecipe()
        #expect(StarterStage.allCases.allSatisfy { recipe[keyPath: $0.schedule].optimizer == .muon })
        #expect(recipe.image.schedule.rate == 2e-3 && recipe.autoencoder.schedule.rate == 3e-3)
        for stage in StarterStage.allCases { recipe[keyPath: stage.schedule].optimizer = .adamW }
        #expect(try read(Self.object(recipe)) == recipe)
        for configuration in [recipe.imageConfiguration, recipe.captionsConfiguration, recipe.videoConfiguration, recipe.motionConfiguration, recipe.jointConfiguration] {
            #expect(configuration.optimizer == .adamW)
        }
        #expect(StarterRecipe().videoConfiguration.optimizer == .muon)
    }

    /// Recipes beside weights that ship are of this form still.
    @Test func recipesThatShipAreRead() throws {
        let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let recipe = try JSONFile.read(StarterRecipe.self, from: root.appendingPathComponent("Weights/autoencoder/recipe.json"))
        #expect(recipe.autoencoder.schedule.optimizer == .muon && recipe.image.schedule.optimizer == .adamW)
    }

    @Test func stagesOfALaterProgramAreRefusedByName() throws {
        let folder = try temporaryFolder(), file = folder.appendingPathComponent("recipe.json")
        defer { try? FileManager.default.removeItem(at: folder) }
        func begin() throws {
            _ = try StarterTraining(
                StarterRecipe(), data: folder.appendingPathComponent("clips"), runs: folder.appendingPathComponent("runs"), model: folder,
                pictures: nil, report: { _ in })
        }
        var record = StarterRecord(StarterRecipe())
        record.stages = [.init(name: "clips", steps: 1, seconds: 1, loss: nil, threads: 1)]
        try JSONFile.write(record, to: file)
        try begin()
        record.stages.append(.init(name: "upscaler", steps: 1, seconds: 1, loss: nil, threads: 1))
        try JSONFile.write(record, to: file)
        let error = #expect(throws: TrainingError.self) { try begin() }
        #expect(
            try #require(error).description
                == "\(file.path): it says that the stage \"upscaler\" is finished, and the stages are clips, stills, fresh, explicit, autoencoder, image, captions, video, motion, joint, decoder; go on with the program that wrote it, or name another --model folder")
    }
}
