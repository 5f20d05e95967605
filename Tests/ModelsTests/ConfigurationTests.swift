import Checkpoints
import Files
import Foundation
import Models
import Testing
import Text

/// What `config.json` may say, and what a wrong one is told.
@Suite struct ConfigurationTests {
    private func message<Configuration: Decodable>(
        _ type: Configuration.Type, of golden: String, _ changes: [String: Any]
    ) throws -> String {
        let file = Golden.folder.appendingPathComponent("\(golden)/config.json")
        var members = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        for (key, value) in changes { members[key] = value }
        do {
            _ = try JSONFile.decode(type, from: JSONSerialization.data(withJSONObject: members), file: "config.json")
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func surviveJSON() throws {
        func again<Configuration: Codable>(_ value: Configuration) throws -> Configuration {
            try JSONDecoder().decode(Configuration.self, from: JSONEncoder().encode(value))
        }
        #expect(try again(UNetConfiguration.starter) == .starter)
        var unet = UNetConfiguration.starter
        unet.timeEmbedding = .angle
        #expect(try again(unet) == unet)
        #expect(try again(AutoencoderConfiguration.starter) == .starter)
        let text = TextEncoderConfiguration.starter(vocabularySize: 600)
        #expect(try again(text) == text)
        var autoencoder = AutoencoderConfiguration.starter
        autoencoder.latentsMean = (0..<autoencoder.latentChannels).map(Float.init)
        autoencoder.latentsStd = autoencoder.latentsMean?.map { $0 + 0.5 }
        #expect(try again(autoencoder) == autoencoder)
    }

    @Test(arguments: [
        ("attention_head_dim", [2, 5] as Any, "must be one number of heads"), ("norm_num_groups", 7, "7 groups do not divide"),
        ("down_block_types", ["DownBlock3D"], "lists 1 blocks where block_out_channels lists 2"),
        ("up_block_types", ["UpBlock3D", "AttnUpBlock4D"], "\"AttnUpBlock4D\" is not known"),
        ("temp_conv_groups", 16, "16 groups do not divide"), ("layers_per_block", 0, "must be from 1 to 65536"),
        ("class_embed_type", "timestep", "\"timestep\" is not known"),
        ("time_embedding", "sigma", "\"sigma\" is not known; \"timestep\" and \"angle\" are"), ("block_out_channels", [] as [Int], "1 to 16"),
    ])
    func badUNets(_ key: String, _ value: Any, _ wanted: String) throws {
        let found = try message(UNetConfiguration.self, of: "unet-starter", [key: value])
        #expect(found.contains(key) && found.contains(wanted), "\(found)")
    }

    @Test(arguments: [
        ("norm_num_groups", 5 as Any, "multiples of norm_num_groups (5)"), ("temp_conv_groups", 8, "8 groups do not divide"),
        ("latents_mean", [1.0], "has 1 numbers for 4 latent channels"), ("latents_std", [1.0, 0, 1, 1], "must be positive"),
        ("patch_size", -1, "must be from 1 to 65536"), ("block_out_channels", "8", "must be a list"),
    ])
    func badAutoencoders(_ key: String, _ value: Any, _ wanted: String) throws {
        let found = try message(AutoencoderConfiguration.self, of: "vae-starter", [key: value])
        #expect(found.contains(wanted), "\(found)")
    }

    @Test(arguments: [
        ("num_attention_heads", 5 as Any, "5 heads do not divide hidden_size 24"), ("hidden_act", "relu", "\"relu\" is not known"),
        ("num_hidden_layers", 0, "must be from 1 to 1024"), ("hidden_size", "24", "must be a whole number"),
    ])
    func badTextEncoders(_ key: String, _ value: Any, _ wanted: String) throws {
        let found = try message(TextEncoderConfiguration.self, of: "text-gelu", [key: value])
        #expect(found.contains(key) && found.contains(wanted), "\(found)")
    }

    /// Published image models have 2D blocks, one number for the heads, and nothing about temporal layers.
    @Test func imageModelsHaveDefaults() throws {
        let json = """
            {"_class_name": "UNet2DConditionModel", "block_out_channels": [320, 640], "attention_head_dim": 8,
             "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "cross_attention_dim": 768,
             "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"], "act_fn": "silu", "class_embed_type": null}
            """
        let configuration = try JSONDecoder().decode(UNetConfiguration.self, from: Data(json.utf8))
        #expect(configuration.heads == [8, 8])
        #expect((configuration.tempConvLayers, configuration.tempConvGroups) == (4, 32))
        #expect(configuration.addTempConv && configuration.addTempEmbed)
        #expect(configuration.projectionClassEmbeddingsInputDim == nil)
        #expect(configuration.timeEmbedding == .timestep)
    }
}
