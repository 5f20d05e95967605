import Tensors

/// Turns noise into a sample, one model output at a time.
///
/// The samplers of a schedule keep the sample variance-preserving: between steps it is x_t = α·x₀ + σ·ε with α² + σ² = 1,
/// as the model was trained on it, and the model is given it as it is. That of continuous processes (`FlowSampler`) keeps what
/// its process has. (diffusers' EulerDiscreteScheduler keeps
/// x₀ + σ/α·ε and scales the model's input instead; the results are the same.)
///
/// A sampler is a value that remembers earlier model outputs where its method uses them. Step 0 forgets them, so
/// one sampler serves clip after clip, and so does any step that does not follow the one before.
///
/// A sample may be edited between two steps, frame by frame, before the model is asked: `step` is told of the frames, and
/// their memory begins anew there. Then all of an edit reaches the next sample that DDIM lets through between the same
/// noise levels, and all other frames have the bits that they have without it.
///
///     var sampler = try SamplerConfiguration(kind: .dpmSolver, steps: 20).makeSampler(for: schedule)
///     var sample = linearCombination([(sampler.initialNoiseScale, random.channelsLastNormal(shape))])
///     for (index, timestep) in sampler.timesteps.enumerated() {
///         let edited = edit(sample, at: sampler.noiseLevel(at: index))   // where there is something to edit
///         let noise = sampler.drawsNoise ? random.channelsLastNormal(shape) : nil
///         let output = model(sample, timestep)
///         sample = sampler.step(
///             modelOutput: output, at: index, sample: sample, edited: edited, noise: noise).sample
///     }
public protocol Sampler {
    /// The timestep that the model is told at each step, falling. Whole numbers except in Euler's linspace and
    /// Karras steps.
    var timesteps: [Float] { get }
    /// Standard deviation of the noise to start from.
    var initialNoiseScale: Float { get }
    /// Whether `step` wants fresh standard normal noise.
    var drawsNoise: Bool { get }
    /// What the sample that step `index` begins with is multiplied by for the model.
    func inputScale(at index: Int) -> Float
    /// The noise of the sample that step `index` begins with, and for `timesteps.count` of the sample in the end.
    func noiseLevel(at index: Int) -> NoiseLevel
    /// One step, from `timesteps[index]` to the next or to the end.
    /// - Parameters:
    ///   - modelOutput: what the model said of `sample`, in the schedule's prediction type, after guidance.
    ///   - sample: x_t, of any shape; with edited frames a clip, whose axis 1 they are.
    ///   - edited: frames of `sample` that are not what the step before returned.
    ///   - noise: standard normal values in the shape of `sample` where `drawsNoise`; ignored otherwise.
    /// - Returns: the less noisy sample, and the clean sample x₀ as the model sees it now, for previews.
    mutating func step(
        modelOutput: Tensor, at index: Int, sample: Tensor, edited: EditedFrames, noise: Tensor?
    ) -> SamplerStep
}

extension Sampler {
    public func inputScale(at _: Int) -> Float { 1 }

    /// One step of a sample that nobody edited.
    public mutating func step(modelOutput: Tensor, at index: Int, sample: Tensor, noise: Tensor?) -> SamplerStep {
        step(modelOutput: modelOutput, at: index, sample: sample, edited: .none, noise: noise)
    }
}

/// What a step of a sampler gives.
public struct SamplerStep {
    /// x at the next timestep.
    public let sample: Tensor
    /// The model's current idea of x₀.
    public let predictedSample: Tensor
}

/// The samplers there are, by the names that the command line takes.
public enum SamplerKind: String, Codable, CaseIterable, Sendable {
    /// Denoising diffusion implicit models (2010.02502), with η from none to DDPM's noise.
    case ddim
    /// DPM-Solver++ of second order, multistep (2211.01095).
    case dpmSolver = "dpm++"
    /// Euler's method on the probability-flow equation (2206.00364).
    case euler
    /// UniPC, a predictor and corrector of second order (2302.04867).
    case unipc

    /// Names that other programs use.
    private static let aliases = [
        "dpm++2m": dpmSolver, "dpmpp": dpmSolver, "dpmpp_2m": dpmSolver, "dpm-solver++": dpmSolver,
        "dpmsolver++": dpmSolver, "uni_pc": unipc,
    ]

    /// Reads a name in any case.
    /// - Throws: `DiffusionError.invalidOption` that lists the names.
    public init(name: String) throws {
        let lowercased = name.lowercased()
        guard let kind = Self(rawValue: lowercased) ?? Self.aliases[lowercased] else {
            throw DiffusionError.invalidOption(
                name: "sampler", found: "\"\(name)\"", allowed: Self.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        self = kind
    }
}

/// A sampler's settings; `makeSampler` builds the sampler.
public struct SamplerConfiguration: Codable, Sendable, Equatable {
    public var kind: SamplerKind
    /// Number of model evaluations, from 1 to the number of training timesteps.
    public var steps: Int
    /// DDIM: 0 adds no noise, 1 adds as much as DDPM. The others take 0 only.
    public var eta: Double
    /// In place of the schedule's spacing.
    public var timestepSpacing: TimestepSpacing?
    /// In place of the schedule's `use_karras_sigmas`; not for DDIM.
    public var useKarrasSigmas: Bool?

    public init(
        kind: SamplerKind, steps: Int, eta: Double = 0, timestepSpacing: TimestepSpacing? = nil,
        useKarrasSigmas: Bool? = nil
    ) {
        self.kind = kind
        self.steps = steps
        self.eta = eta
        self.timestepSpacing = timestepSpacing
        self.useKarrasSigmas = useKarrasSigmas
    }

    /// - Throws: `DiffusionError` for settings that are out of range or that do not go with the process.
    public func makeSampler(for process: any NoiseProcess) throws -> any Sampler {
        guard let continuous = process as? any ContinuousProcess else {
            guard let schedule = process as? NoiseSchedule else { preconditionFailure("there is no sampler of \(process)") }
            return try makeSampler(for: schedule)
        }
        guard kind == .ddim || kind == .euler else {
            throw DiffusionError.invalidOption(
                name: "sampler", found: kind.rawValue, allowed: "ddim or euler, which are one, for a model without timesteps")
        }
        guard eta == 0 else { throw DiffusionError.invalidOption(name: "eta", found: "\(eta)", allowed: "0 for a model without timesteps") }
        return try FlowSampler(continuous, steps: steps)
    }

    private func makeSampler(for schedule: NoiseSchedule) throws -> any Sampler {
        guard (1...schedule.timestepCount).contains(steps) else {
            throw DiffusionError.invalidOption(
                name: "steps", found: "\(steps)", allowed: "1 to \(schedule.timestepCount)"
            )
        }
        let etas = kind == .ddim ? 0.0...1.0 : 0.0...0.0
        guard etas.contains(eta) else {
            throw DiffusionError.invalidOption(
                name: "eta", found: "\(eta)", allowed: kind == .ddim ? "0 to 1" : "0 for sampler \(kind.rawValue)"
            )
        }
        guard kind != .ddim || useKarrasSigmas != true else {
            throw DiffusionError.invalidOption(
                name: "useKarrasSigmas", found: "true", allowed: "false for sampler ddim"
            )
        }
        let spacing = timestepSpacing ?? schedule.configuration.timestepSpacing
        let karras = useKarrasSigmas ?? schedule.configuration.useKarrasSigmas
        switch kind {
        case .ddim:
            return try DDIMSampler(schedule, spacing: spacing ?? .leading, steps: steps, eta: Float(eta))
        case .dpmSolver:
            return try DPMSolverSampler(schedule, spacing: spacing ?? .linspace, steps: steps, karras: karras)
        case .euler:
            return try EulerSampler(schedule, spacing: spacing ?? .linspace, steps: steps, karras: karras)
        case .unipc:
            return try UniPCSampler(schedule, spacing: spacing ?? .linspace, steps: steps, karras: karras)
        }
    }
}

/// Refuses timesteps that the schedule does not have: with all timesteps visited, an offset leads beyond the last.
func checkTimesteps(_ timesteps: [Float], _ schedule: NoiseSchedule) throws {
    guard let highest = timesteps.first, highest > Float(schedule.timestepCount - 1) else { return }
    throw DiffusionError.invalidValue(
        key: "steps_offset", found: "\(schedule.configuration.stepsOffset), which leads to timestep \(Int(highest))",
        allowed: "timesteps 0 to \(schedule.timestepCount - 1); take fewer steps"
    )
}
