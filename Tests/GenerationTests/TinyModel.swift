import Checkpoints
import Diffusion
import Files
import Foundation
import Generation
import Layers
import Models
import Tensors
import Text

/// A whole model folder with random weights, small enough to make videos of in milliseconds: clips of 4 frames of
/// 16x16 pixels, latents of 8x8.
struct TinyModel {
    static let captions = [
        "a candle is burning", "wood on fire", "a boat is sailing in a lake", "an aurora over the snow at night",
        "a red ball bounces on the floor", "waves roll on a white beach", "two birds fly over the green hills",
    ]

    static let unet = UNetConfiguration(
        sampleSize: 8, downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D"],
        upBlockTypes: ["CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [8, 16], layersPerBlock: 1,
        heads: [1, 2], crossAttentionDim: 16, normNumGroups: 4, tempConvLayers: 2, tempConvGroups: 4,
        projectionClassEmbeddingsInputDim: 16)
    static let autoencoder = AutoencoderConfiguration(
        blockOutChannels: [8, 8], layersPerBlock: 1, normNumGroups: 4, latentsMean: [0.1, -0.2, 0, 0.3],
        latentsStd: [1, 2, 0.5, 1.5], midBlockAddAttention: false, tempConvLayers: 2, tempConvGroups: 4)
    static let defaults = """
        {
          "clip_frames": 4, "fps": 8, "guidance_scale": 3, "num_inference_steps": 4, "sampler": "ddim",
          "negative_prompt": "", "noise_alpha": 0, "noise_recycle": 5
        }
        """

    var unetConfiguration = TinyModel.unet
    var textWidth = 16
    var vocabularySize: Int?
    /// Which parameters are written, by part and key.
    var isWritten: (_ part: String, _ key: String) -> Bool = { _, _ in true }

    /// The model that most tests share.
    static let shared = Result { try TinyModel().withFolder { try VideoModel($0) } }

    /// Runs `body` with the model's folder, which is removed afterwards.
    func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("generation-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try write(to: url)
        return try body(url)
    }

    private func write(to folder: URL) throws {
        let tokenizerFolder = folder.appendingPathComponent("tokenizer")
        try FileManager.default.createDirectory(at: tokenizerFolder, withIntermediateDirectories: true)
        let tokenizer = try SentencePieceTrainer.trainFolder(
            captions: Self.captions, vocabularySize: 48, maximumLength: 32, to: tokenizerFolder)
        let text = TextEncoderConfiguration(
            vocabularySize: vocabularySize ?? tokenizer.vocabularySize, hiddenSize: textWidth, intermediateSize: 32,
            layers: 1, heads: 2, positions: 32)
        try write("text_encoder", text, to: folder) { TextEncoder(text, $0) }
        try write("unet", unetConfiguration, to: folder) { VideoUNet(unetConfiguration, $0) }
        try write("vae", Self.autoencoder, to: folder) { Autoencoder(Self.autoencoder, $0) }
        var scheduler = SchedulerConfiguration()
        scheduler.betaSchedule = .squaredCosine
        scheduler.predictionType = .velocity
        let schedulerFolder = folder.appendingPathComponent("scheduler")
        try FileManager.default.createDirectory(at: schedulerFolder, withIntermediateDirectories: true)
        try JSONFile.write(scheduler, to: schedulerFolder.appendingPathComponent("scheduler_config.json"))
        try AtomicFile.write(Self.defaults, to: folder.appendingPathComponent("generation_config.json"))
        try DiffusersFolder.writeIndex(
            pipeline: "VidRDPipeline", parts: [("unet", "vidrd", "UNet3DConditionModel")], to: folder)
    }

    private func write<Part>(
        _ name: String, _ configuration: some Encodable, to folder: URL, _ make: (ParameterScope) -> Part
    ) throws {
        let store = ParameterStore(), part = folder.appendingPathComponent(name)
        _ = make(ParameterScope(nil, store: store, seed: 11))
        var random = TorchGenerator(seed: 12)
        // Temporal layers begin as identities; here they must be seen to work.
        for parameter in store.parameters where parameter.key.contains("temp_") {
            parameter.assign(parameter.value + random.normal(parameter.value.shape, std: 0.2))
        }
        let written = store.parameters.filter { isWritten(name, $0.key) }
        try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
        try SafetensorsWriter.write(
            Dictionary(uniqueKeysWithValues: written.map { ($0.key, $0.value) }), as: .float32,
            to: part.appendingPathComponent("\(name == "text_encoder" ? "" : "diffusion_pytorch_")model.safetensors"))
        try JSONFile.write(configuration, to: part.appendingPathComponent("config.json"))
    }

    /// The message of the error that `body` throws.
    static func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }
}

/// The largest distance of two lists; infinite where they are of different length or one of them is no number.
func largestDifference(_ found: [Float], _ wanted: [Float]) -> Float {
    guard found.count == wanted.count else { return .infinity }
    return zip(found, wanted).reduce(0) { largest, pair in
        let error = abs(pair.0 - pair.1)
        return error.isFinite ? max(largest, error) : .infinity
    }
}

/// The networks behind the seams of a model of VidRD's kinds.
extension VideoModel {
    var unet: VideoUNet { part(denoiser) }
    var autoencoder: Autoencoder { part(codec) }
    var clip: CLIPReader { part(reader) }

    private func part<Part>(_ seam: Any) -> Part {
        guard let part = seam as? Part else { preconditionFailure("\(type(of: seam)) is no \(Part.self)") }
        return part
    }

    func encode(_ prompt: String) throws -> (context: Tensor, pooled: Tensor?, warnings: [String]) {
        let (condition, warnings) = try condition(for: prompt)
        guard let text = condition.text else { preconditionFailure("a condition without its prompt") }
        return (text.hidden, text.pooled, warnings)
    }
}
