import Diffusion
import Models
import Text

/// A kind of model: what the class that `model_index.json` names is here.
public struct ModelKind: Sendable {
    /// `_class_name` of `model_index.json`.
    public let className: String
    /// What people call it.
    public let title: String
    let denoiser: ModelComponent<any Denoiser>
    let codec: ModelComponent<any PictureCodec>
    let reader: ModelComponent<any TextReader>
    let process: ModelComponent<any NoiseProcess>
    /// The ways in which it makes long videos; the first where nobody says.
    public let methods: [any VideoMethod.Type]
    /// What generation does where a folder says nothing.
    private let defaults: GenerationDefaults

    init(
        _ className: String, _ title: String, denoiser: ModelComponent<any Denoiser>, codec: ModelComponent<any PictureCodec>,
        reader: ModelComponent<any TextReader>, process: ModelComponent<any NoiseProcess>,
        methods: [any VideoMethod.Type] = [ReuseAndDiffuse.self], defaults: GenerationDefaults
    ) {
        (self.className, self.title) = (className, title)
        (self.denoiser, self.codec, self.reader, self.process) = (denoiser, codec, reader, process)
        (self.methods, self.defaults) = (methods, defaults)
    }

    public static let vidRD = ModelKind("VidRDPipeline", "VidRD", denoiser: .videoUNet("vidrd"), codec: .autoencoder("vidrd"), reader: .clip, process: .discrete, defaults: .official)

    /// Every kind that is known, one line for each; other ones within `$all.withValue`.
    @TaskLocal public static var all: [ModelKind] = [
        vidRD,
        ModelKind("StableDiffusionPipeline", "Stable Diffusion, an image model", denoiser: .imageUNet, codec: .autoencoder("diffusers"), reader: .clip, process: .discrete, defaults: .official),
        ModelKind("TextToVideoSDPipeline", "diffusers' text-to-video (ModelScope, ZeroScope)", denoiser: .videoUNet("diffusers"), codec: .autoencoder("diffusers"), reader: .clip, process: .discrete, defaults: .modelScope),
    ]

    /// This kind, which can also make long videos in another way.
    public func adding(_ method: any VideoMethod.Type) -> ModelKind {
        ModelKind(
            className, title, denoiser: denoiser, codec: codec, reader: reader, process: process, methods: methods + [method],
            defaults: defaults)
    }

    /// The kind of this class; nil where none is known.
    public static func named(_ className: String) -> ModelKind? { all.first { $0.className == className } }

    /// Every method of any kind, each once.
    public static var methods: [any VideoMethod.Type] {
        all.flatMap(\.methods).reduce(into: []) { known, method in
            if !known.contains(where: { $0.name == method.name }) { known.append(method) }
        }
    }

    /// "VidRDPipeline (VidRD), …", for messages.
    public static var list: String { all.map { "\($0.className) (\($0.title))" }.joined(separator: ", ") }

    /// The folders of a model of this kind, in the order in which they are written and known again.
    var members: [ModelMember] { denoiser.members + codec.members + reader.members + process.members }

    func defaults(of denoiser: any Denoiser) -> GenerationDefaults {
        // Before kinds had names of their own, `convert` called all of them VidRD's.
        (denoiser as? VideoUNet)?.configuration.family == .modelScope ? .modelScope : defaults
    }
}

/// A folder of a model's folder.
struct ModelMember: Sendable {
    enum Content: Sendable {
        /// `config.json` and weights of a network, which messages call so.
        case network(title: String)
        /// A tokenizer's files.
        case tokenizer
        /// One file of this name.
        case file(String)
    }

    let name: String
    let content: Content
    /// What `model_index.json` says of it.
    let library: String
    let type: String
    /// Other classes that are read as this one.
    var synonyms: [String] = []
}

/// One of the seams of a model: in which folders it lies, and how it is made of them.
struct ModelComponent<Made>: Sendable {
    let members: [ModelMember]
    let load: @Sendable (ModelLoading) throws -> Made
}
