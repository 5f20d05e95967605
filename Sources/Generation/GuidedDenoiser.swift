import Diffusion
import Layers
import Models
import Tensors

/// A model's denoiser under guidance, told of the prompts of a video.
///
/// Each worker has one of its own: it keeps what the network remembers of the prompt at hand.
public final class GuidedDenoiser {
    public let model: VideoModel
    /// About the prompts.
    public let warnings: [String]

    private let prompts: PromptPlan
    private let guidance: Guidance
    private let plan: MemoryPlan
    private let deepReuse: Int
    /// What the denoiser is told of each part of `prompts`: only that of the part at hand is kept with its memory.
    private let conditions: [Condition]
    /// Nil without guidance.
    private let unwanted: Condition?
    private var part = -1
    /// With the prompt, without it, and both in one batch.
    private var prompted, unprompted, guided: Conditioning?

    /// What the denoiser is told besides the latents, and what it keeps of it.
    private struct Conditioning {
        let condition: Condition
        let memory: any DenoiserMemory
    }

    /// Throws `DiffusionError` for a guidance out of range, and `TokenizerError`.
    public init(_ model: VideoModel, _ settings: GenerationSettings, _ prompts: PromptPlan, plan: MemoryPlan = .unlimited) throws {
        (self.model, self.prompts, self.plan, deepReuse) = (model, prompts, plan, settings.deepReuse)
        let last = model.process.levels.upperBound
        guidance = try Guidance(
            scale: settings.guidanceScale,
            interval: Float(settings.guidanceFrom) * last...Float(max(settings.guidanceFrom, settings.guidanceTo)) * last)
        var warnings: [String] = []
        conditions = try prompts.parts.map {
            let wanted = try model.condition(for: $0.prompt)
            warnings += wanted.warnings.filter { !warnings.contains($0) }
            return wanted.condition
        }
        self.warnings = warnings
        unwanted = settings.guidanceScale > 1 ? try model.condition(for: settings.negativePrompt).condition : nil
    }

    /// Makes ready for the steps of a piece with the prompt of a stretch.
    public func begin(_ stretch: Int) {
        let wanted = prompts.index(of: stretch)
        if wanted != part {
            part = wanted
            let condition = conditions[wanted]
            (prompted, unprompted, guided) = (conditioning(condition), nil, nil)
            if let unwanted {
                if plan.splitsGuidance {
                    unprompted = conditioning(unwanted)
                } else {
                    guided = conditioning(.stacked([unwanted, condition]))
                }
            }
        }
        for conditioning in [prompted, unprompted, guided] { conditioning?.memory.beginPiece() }
    }

    private func conditioning(_ condition: Condition) -> Conditioning {
        Conditioning(condition: condition, memory: model.denoiser.makeMemory(deepReuse: deepReuse))
    }

    /// What the network says of latents [1, frames, height, width, channels], guided where guidance is active.
    public func callAsFunction(_ latents: Tensor, at timestep: Float) -> Tensor {
        guard unwanted != nil, guidance.isActive(at: timestep) else { return predict([latents], timestep, prompted) }
        if plan.splitsGuidance {
            return guidance.combine(
                unconditional: predict([latents], timestep, unprompted), conditional: predict([latents], timestep, prompted))
        }
        let both = predict([latents, latents], timestep, guided)
        return guidance.combine(unconditional: both.slice(0..<1), conditional: both.slice(1..<2))
    }

    private func predict(_ latents: [Tensor], _ timestep: Float, _ conditioning: Conditioning?) -> Tensor {
        guard let conditioning else { preconditionFailure("a piece is begun before its first step") }
        return model.denoiser(
            latents.count == 1 ? latents[0] : Tensor.stacked(latents),
            at: .perSample(model.denoiser.told(latents.map { _ in timestep }, of: model.process)),
            given: conditioning.condition, memory: conditioning.memory)
    }
}
