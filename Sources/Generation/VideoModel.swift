import Checkpoints
import Diffusion
import Foundation
import Layers
import Models
import Tensors
import Text

/// A complete text-to-video model, whatever its kind: what reads prompts, what denoises latents, what makes pictures of
/// them, and the noise that it was trained with.
public final class VideoModel {
    public let kind: ModelKind
    public let reader: any TextReader
    public let denoiser: any Denoiser
    public let codec: any PictureCodec
    public let process: any NoiseProcess
    public let defaults: GenerationDefaults

    /// Things worth telling that are no errors.
    public let warnings: [String]

    /// - Parameter defaults: nil for those of the kind.
    public init(
        _ kind: ModelKind, reader: any TextReader, denoiser: any Denoiser, codec: any PictureCodec, process: any NoiseProcess,
        defaults: GenerationDefaults? = nil, warnings: [String] = []
    ) {
        (self.kind, self.reader, self.denoiser, self.codec) = (kind, reader, denoiser, codec)
        self.process = process
        self.defaults = defaults ?? kind.defaults(of: denoiser)
        self.warnings = warnings
    }

    /// Loads a diffusers-style folder, or the three pieces that VidRD's authors publish.
    ///
    /// Throws `CheckpointError`, `TokenizerError`, `DiffusionError` or `GenerationError`.
    public convenience init(_ url: URL) throws { try self.init(ModelLayout(url)) }

    /// Loads a model from wherever its parts lie; errors as above.
    public convenience init(_ layout: ModelLayout) throws {
        let kind = layout.kind, loading = ModelLoading(layout)
        let reader = try kind.reader.load(loading), denoiser = try kind.denoiser.load(loading)
        let codec = try kind.codec.load(loading), process = try kind.process.load(loading)
        func title<Made>(_ component: ModelComponent<Made>, _ fallback: String) -> String {
            if case let .network(title)? = component.members.first?.content { title } else { fallback }
        }
        let (network, encoder) = (title(kind.denoiser, "the network"), title(kind.reader, "the text encoder"))
        for (taken, given) in [(denoiser.textWidth, reader.width), (denoiser.pooledTextWidth, reader.pooledWidth)] {
            guard let taken else { continue }
            let found = given.map { "\(encoder) gives \($0)" } ?? "\(encoder) gives none"
            try loading.require(taken == given, "\(network) takes text of width \(taken) and \(found)")
        }
        try loading.require(
            denoiser.latentChannels == codec.latentChannels,
            "\(network) works on \(denoiser.latentChannels) channels and \(title(kind.codec, "the codec")) has \(codec.latentChannels)")
        self.init(
            kind, reader: reader, denoiser: denoiser, codec: codec, process: process, defaults: layout.statedDefaults,
            warnings: loading.warnings)
    }

    /// One part of a model from weights that are known to fit. Throws `CheckpointError`.
    public static func part<Part>(named name: String, from source: any WeightSource, _ make: (ParameterScope) -> Part) throws -> Part {
        let reader = WeightReader(source, for: name)
        let made = make(ParameterScope(reader, store: ParameterStore(), keepsHalfPrecision: true))
        try reader.finish()
        return made
    }

    /// What the denoiser is told of a prompt, for one sample, with warnings about words that were cut or are unknown. Throws
    /// `TokenizerError`.
    public func condition(for prompt: String) throws -> (condition: Condition, warnings: [String]) {
        let reading = try reader.read([prompt])
        let text = Condition.Text(
            hidden: reading.hidden, mask: reading.mask, pooled: denoiser.pooledTextWidth == nil ? nil : reading.pooled)
        return (Condition(text: text), reading.warnings[0])
    }
}
