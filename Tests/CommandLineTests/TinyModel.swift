import Checkpoints
import Diffusion
import Files
import Foundation
import Layers
import Models
import Text
import Training

/// A whole model folder with random weights that makes a clip in milliseconds: 4 frames of 16x16 pixels.
enum TinyModel {
    /// Made once for all tests.
    static let folder: Result<URL, any Error> = Result {
        try? FileManager.default.removeItem(at: place)
        try write(to: place)
        atexit { try? FileManager.default.removeItem(at: TinyModel.place) }
        return place
    }

    private static let place = FileManager.default.temporaryDirectory.appendingPathComponent("vidrd-tiny-\(getpid())")

    static var path: String { get throws { try folder.get().path } }

    /// The model's weight files, by part.
    static let weights = [
        "unet": "unet/diffusion_pytorch_model.safetensors", "vae": "vae/diffusion_pytorch_model.safetensors",
        "text_encoder": "text_encoder/model.safetensors",
    ]

    private static let captions = [
        "a candle is burning", "wood on fire", "a boat is sailing in a lake", "an aurora over the snow at night",
        "a red ball bounces on the floor", "waves roll on a white beach", "two birds fly over the green hills",
    ]

    private static func write(to folder: URL) throws {
        func part(_ name: String) -> URL { folder.appendingPathComponent(name) }
        for name in ["tokenizer", "scheduler"] {
            try FileManager.default.createDirectory(at: part(name), withIntermediateDirectories: true)
        }
        let tokenizer = try SentencePieceTrainer.trainFolder(
            captions: captions, vocabularySize: 48, maximumLength: 16, to: part("tokenizer"))
        func write<Part>(
            _ name: String, _ configuration: some Encodable, _ make: (ParameterScope) -> Part,
            file: String = "diffusion_pytorch_model.safetensors"
        ) throws {
            let store = ParameterStore()
            _ = make(ParameterScope(nil, store: store, seed: 11))
            try store.write(configuration: configuration, to: part(name), named: file)
        }
        let text = TextEncoderConfiguration(
            vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2, positions: 16)
        try write("text_encoder", text, { TextEncoder(text, $0) }, file: "model.safetensors")
        let unet = UNetConfiguration(
            sampleSize: 8, downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D"],
            upBlockTypes: ["CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [8, 16], layersPerBlock: 1,
            heads: [1, 2], crossAttentionDim: 16, normNumGroups: 4, tempConvLayers: 2, tempConvGroups: 4,
            projectionClassEmbeddingsInputDim: 16)
        try write("unet", unet, { VideoUNet(unet, $0) })
        let autoencoder = AutoencoderConfiguration(
            blockOutChannels: [8, 8], layersPerBlock: 1, normNumGroups: 4, midBlockAddAttention: false,
            tempConvLayers: 2, tempConvGroups: 4)
        try write("vae", autoencoder, { Autoencoder(autoencoder, $0) })
        try JSONFile.write(SchedulerConfiguration(), to: part("scheduler").appendingPathComponent("scheduler_config.json"))
        try AtomicFile.write(
            """
            {
              "clip_frames": 4, "fps": 8, "guidance_scale": 3, "num_inference_steps": 2, "sampler": "ddim",
              "negative_prompt": "", "noise_alpha": 0, "noise_recycle": 5
            }

            """, to: part("generation_config.json"))
        try DiffusersFolder.writeIndex(
            pipeline: "VidRDPipeline", parts: [("unet", "vidrd", "UNet3DConditionModel")], to: folder)
    }

    /// A copy in which one file has other contents.
    static func copy(to folder: URL, changing file: String, _ change: (Data) -> Data) throws -> String {
        let copy = folder.appendingPathComponent("model")
        try FileManager.default.copyItem(at: try self.folder.get(), to: copy)
        let changed = copy.appendingPathComponent(file)
        try change(Data(contentsOf: changed)).write(to: changed)
        return copy.path
    }
}
