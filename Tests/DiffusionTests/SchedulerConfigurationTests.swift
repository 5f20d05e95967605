import Diffusion
import Foundation
import Testing

/// Reading `scheduler_config.json`.
@Suite struct SchedulerConfigurationTests {
    func read(_ text: String) throws -> SchedulerConfiguration {
        try SchedulerConfiguration(json: Data(text.utf8))
    }

    @Test func stableDiffusionsFile() throws {
        let configuration = try read(
            """
            {
              "_class_name": "DDIMScheduler", "_diffusers_version": "0.14.0",
              "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
              "clip_sample": false, "num_train_timesteps": 1000, "prediction_type": "epsilon",
              "set_alpha_to_one": false, "steps_offset": 1, "trained_betas": null
            }
            """
        )
        #expect(configuration.betaSchedule == .scaledLinear)
        #expect(configuration.betaStart == 0.00085 && configuration.betaEnd == 0.012)
        #expect(configuration.predictionType == .epsilon)
        #expect(!configuration.setAlphaToOne && configuration.stepsOffset == 1)
        #expect(configuration.timestepSpacing == nil && configuration.trainedBetas == nil)
    }

    @Test func emptyFileHasTheDefaultsOfDiffusers() throws {
        #expect(try read("{}") == SchedulerConfiguration())
    }

    @Test func unsetBoundsAsPythonWritesThem() throws {
        #expect(try read(#"{"lambda_min_clipped": -Infinity, "steps_offset": 1}"#).lambdaMinClipped == nil)
        #expect(try read(#"{"lambda_min_clipped": -5.1}"#).lambdaMinClipped == -5.1)
    }

    @Test func writtenFilesReadBack() throws {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        configuration.predictionType = .velocity
        configuration.rescaleBetasZeroSNR = true
        configuration.timestepSpacing = .trailing
        let data = try JSONEncoder().encode(configuration)
        #expect(try SchedulerConfiguration(json: data) == configuration)
        #expect(String(decoding: data, as: UTF8.self).contains(#""beta_schedule":"squaredcos_cap_v2""#))
    }

    @Test(arguments: [
        (#"{"beta_schedule": "sigmoid"}"#, "\"beta_schedule\" is \"sigmoid\"; allowed: linear, scaled_linear, squaredcos_cap_v2"),
        (#"{"prediction_type": "flow"}"#, "\"prediction_type\" is \"flow\"; allowed: epsilon, v_prediction, sample"),
        (#"{"timestep_spacing": "even"}"#, "\"timestep_spacing\" is \"even\"; allowed: leading, trailing, linspace"),
        (#"{"thresholding": true}"#, "\"thresholding\" is true; allowed: false"),
        (#"{"use_beta_sigmas": true}"#, "\"use_beta_sigmas\" is true; allowed: false"),
        (#"{"num_train_timesteps": "many"}"#, "\"num_train_timesteps\": "),
        (#"{"num_train_timesteps": 10"#, "not a JSON object"),
        ("[]", "found an array"),
    ])
    func badFilesAreExplained(_ text: String, _ expected: String) throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("scheduler-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            _ = try SchedulerConfiguration(contentsOf: file)
            Issue.record("\(text) was accepted")
        } catch {
            let message = "\(error)"
            #expect(error is DiffusionError)
            #expect(message.hasPrefix(file.path) && message.contains(expected) && !message.contains("\n"), "\(message)")
        }
    }

    @Test func missingFileIsNamed() {
        #expect(throws: DiffusionError.self) {
            try SchedulerConfiguration(contentsOf: URL(fileURLWithPath: "/nowhere/scheduler_config.json"))
        }
    }
}
