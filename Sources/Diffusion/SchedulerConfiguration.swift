import Foundation

/// How β_t rises along the training timesteps.
public enum BetaSchedule: String, Codable, CaseIterable, Sendable {
    /// β rises linearly.
    case linear
    /// √β rises linearly: the schedule of latent diffusion.
    case scaledLinear = "scaled_linear"
    /// ᾱ follows a squared cosine (Nichol and Dhariwal, 2102.09672), β capped at 0.999.
    case squaredCosine = "squaredcos_cap_v2"
}

/// What the model's output means.
public enum PredictionType: String, Codable, CaseIterable, Sendable {
    /// The noise ε.
    case epsilon
    /// v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans and Ho, 2202.00512).
    case velocity = "v_prediction"
    /// The clean sample x₀.
    case sample
}

/// Which of the training timesteps a sampler visits (2305.08891, table 2).
public enum TimestepSpacing: String, Codable, CaseIterable, Sendable {
    case leading, trailing, linspace
}

/// The noise level after the last step of a solver.
public enum FinalSigma: String, Codable, CaseIterable, Sendable {
    case zero
    case minimum = "sigma_min"
}

/// Variants of the multistep solvers: midpoint and heun are DPM-Solver's, bh1 and bh2 UniPC's. A solver that is
/// given another's variant uses its own default, as in diffusers.
public enum SolverType: String, Codable, CaseIterable, Sendable {
    case midpoint, heun, logrho, bh1, bh2
}

/// The content of `scheduler/scheduler_config.json`, with the keys and defaults of diffusers.
///
/// One exception: a file without `clip_sample` means no clipping. diffusers' DDIM clips to ±1 by default, which
/// is right for pixels and wrong for latents; its latent pipelines switch it off.
public struct SchedulerConfiguration: Codable, Sendable, Equatable {
    public var trainTimestepCount = 1000
    public var betaStart = 0.0001
    public var betaEnd = 0.02
    public var betaSchedule = BetaSchedule.linear
    /// Every β, in place of a schedule.
    public var trainedBetas: [Float]?
    public var predictionType = PredictionType.epsilon
    /// Rescales β so that nothing of the signal is left at the last timestep (2305.08891, algorithm 1).
    public var rescaleBetasZeroSNR = false
    /// DDIM: the step to the end goes to ᾱ = 1, otherwise to ᾱ₀.
    public var setAlphaToOne = true
    /// Added to the timesteps of leading spacing.
    public var stepsOffset = 0
    /// `nil`: the sampler's default, which is leading for DDIM and linspace for the others.
    public var timestepSpacing: TimestepSpacing?
    /// DDIM: clips the predicted sample to ±`clipSampleRange`.
    public var clipSample = false
    public var clipSampleRange: Float = 1
    /// Order of DPM-Solver++ and UniPC: 1 or 2.
    public var solverOrder = 2
    public var solverType: SolverType?
    /// DPM-Solver: only `dpmsolver++` can be used.
    public var algorithmType = "dpmsolver++"
    /// Lowers the order in the last steps where there are fewer than 15.
    public var lowerOrderFinal = true
    /// DPM-Solver++: first order in the last step.
    public var eulerAtFinal = false
    public var finalSigmasType = FinalSigma.zero
    /// Noise levels as in Karras et al. (2206.00364) instead of equally spaced timesteps.
    public var useKarrasSigmas = false
    /// DPM-Solver++: timesteps whose log signal-to-noise ratio is below this are left out.
    public var lambdaMinClipped: Float?

    public init() {}

    private enum CodingKeys: String, CodingKey {
        case trainTimestepCount = "num_train_timesteps"
        case betaStart = "beta_start"
        case betaEnd = "beta_end"
        case betaSchedule = "beta_schedule"
        case trainedBetas = "trained_betas"
        case predictionType = "prediction_type"
        case rescaleBetasZeroSNR = "rescale_betas_zero_snr"
        case setAlphaToOne = "set_alpha_to_one"
        case stepsOffset = "steps_offset"
        case timestepSpacing = "timestep_spacing"
        case clipSample = "clip_sample"
        case clipSampleRange = "clip_sample_range"
        case solverOrder = "solver_order"
        case solverType = "solver_type"
        case algorithmType = "algorithm_type"
        case lowerOrderFinal = "lower_order_final"
        case eulerAtFinal = "euler_at_final"
        case finalSigmasType = "final_sigmas_type"
        case useKarrasSigmas = "use_karras_sigmas"
        case lambdaMinClipped = "lambda_min_clipped"
    }

    /// Switches of diffusers that would change the result and are not implemented here.
    private enum RefusedKeys: String, CodingKey, CaseIterable {
        case thresholding
        case useExponentialSigmas = "use_exponential_sigmas"
        case useBetaSigmas = "use_beta_sigmas"
        case useLuLambdas = "use_lu_lambdas"
        case useFlowSigmas = "use_flow_sigmas"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        func choose<Choice>(_ key: CodingKeys) throws -> Choice?
        where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
            guard let name = try values.decodeIfPresent(String.self, forKey: key) else { return nil }
            if let choice = Choice(rawValue: name) { return choice }
            let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw DiffusionError.invalidValue(key: key.rawValue, found: "\"\(name)\"", allowed: allowed)
        }

        trainTimestepCount = try read(.trainTimestepCount, trainTimestepCount)
        betaStart = try read(.betaStart, betaStart)
        betaEnd = try read(.betaEnd, betaEnd)
        betaSchedule = try choose(.betaSchedule) ?? betaSchedule
        trainedBetas = try values.decodeIfPresent([Float].self, forKey: .trainedBetas)
        predictionType = try choose(.predictionType) ?? predictionType
        rescaleBetasZeroSNR = try read(.rescaleBetasZeroSNR, rescaleBetasZeroSNR)
        setAlphaToOne = try read(.setAlphaToOne, setAlphaToOne)
        stepsOffset = try read(.stepsOffset, stepsOffset)
        timestepSpacing = try choose(.timestepSpacing)
        clipSample = try read(.clipSample, clipSample)
        clipSampleRange = try read(.clipSampleRange, clipSampleRange)
        solverOrder = try read(.solverOrder, solverOrder)
        solverType = try choose(.solverType)
        algorithmType = try read(.algorithmType, algorithmType)
        lowerOrderFinal = try read(.lowerOrderFinal, lowerOrderFinal)
        eulerAtFinal = try read(.eulerAtFinal, eulerAtFinal)
        finalSigmasType = try choose(.finalSigmasType) ?? finalSigmasType
        useKarrasSigmas = try read(.useKarrasSigmas, useKarrasSigmas)
        lambdaMinClipped = try values.decodeIfPresent(Float.self, forKey: .lambdaMinClipped)

        let refused = try decoder.container(keyedBy: RefusedKeys.self)
        for key in RefusedKeys.allCases where try refused.decodeIfPresent(Bool.self, forKey: key) == true {
            throw DiffusionError.invalidValue(key: key.rawValue, found: "true", allowed: "false")
        }
    }
}

extension SchedulerConfiguration {
    /// Reads a `scheduler_config.json`.
    /// - Throws: `DiffusionError` that names the file, the key, what was found and what is allowed.
    public init(contentsOf file: URL) throws {
        do {
            try self.init(json: Data(contentsOf: file))
        } catch let error as DiffusionError {
            throw DiffusionError.unreadableConfiguration(file: file.path, problem: error.description)
        } catch let error as DecodingError {
            throw DiffusionError.unreadableConfiguration(file: file.path, problem: Self.explain(error))
        } catch {
            throw DiffusionError.unreadableConfiguration(file: file.path, problem: error.localizedDescription)
        }
    }

    /// Decodes the content of a `scheduler_config.json`.
    public init(json: Data) throws {
        // Python writes `-Infinity` for an unset bound, which JSON does not know.
        let text = String(decoding: json, as: UTF8.self)
            .replacingOccurrences(of: #":\s*-?Infinity"#, with: ": null", options: .regularExpression)
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    }

    private static func explain(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            return key.isEmpty ? context.debugDescription : "\"\(key)\": \(context.debugDescription)"
        case .dataCorrupted(let context):
            return "not a JSON object of scheduler settings (\(context.debugDescription))"
        @unknown default:
            return "\(error)"
        }
    }
}
