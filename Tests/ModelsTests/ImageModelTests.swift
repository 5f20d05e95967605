import Checkpoints
import Layers
import Models
import Tensors
import Testing

extension ModelGoldens {
    /// A video U-Net on the weights of an image model: its temporal layers begin as identities.
    @Suite struct ImageModel {
        /// Sizes like Stable Diffusion's, with 2D block names.
        private static func configuration(framePositions: Bool) -> UNetConfiguration {
            UNetConfiguration(
                sampleSize: 8, downBlockTypes: ["CrossAttnDownBlock2D", "DownBlock2D"],
                upBlockTypes: ["UpBlock2D", "CrossAttnUpBlock2D"], blockOutChannels: [16, 32], layersPerBlock: 1,
                heads: [2, 4], crossAttentionDim: 12, normNumGroups: 8, addTempEmbed: framePositions,
                tempConvGroups: 8)
        }

        private static func isTemporal(_ key: String) -> Bool { key.contains("temp_") }

        /// Random weights of everything but the temporal layers, under the names of an image model.
        private func imageWeights(seed: UInt64) -> [String: Tensor] {
            let store = ParameterStore()
            _ = VideoUNet(Self.configuration(framePositions: true), ParameterScope(nil, store: store, seed: seed))
            let spatial = store.parameters.filter { !Self.isTemporal($0.key) }
            return Dictionary(uniqueKeysWithValues: spatial.map { ($0.key, $0.value) })
        }

        /// The video model on an image model's weights; the other temporal parameters are random.
        private func videoModel(
            _ weights: [String: Tensor], framePositions: Bool = false
        ) throws -> (model: VideoUNet, fresh: [String]) {
            let reader = WeightReader(InMemoryWeights(weights))
            let model = VideoUNet(
                Self.configuration(framePositions: framePositions),
                ParameterScope(reader, store: ParameterStore(), seed: 5))
            try reader.finish()
            return (model, reader.freshKeys)
        }

        private func pattern(_ shape: [Int], seed: UInt64) -> Tensor {
            var random = TorchGenerator(seed: seed)
            return random.randn(shape)
        }

        /// diffusers' own image model on three different pictures, which are the frames of a clip here.
        @Test(arguments: Bound.both) func everyFrameIsWhatDiffusersMakesOfThePicture(_ bound: Bound) throws {
            let folder = try ModelFolder(Golden.folder.appendingPathComponent("unet-image"))
            let reader = WeightReader(try folder.weights()), tensors = try Golden.tensors("unet-image", "case")
            var configuration = try folder.configuration(UNetConfiguration.self)
            configuration.adapt(to: reader)
            let model = VideoUNet(configuration, ParameterScope(reader, store: ParameterStore()))
            try reader.finish()
            #expect(reader.freshKeys.allSatisfy(Self.isTemporal) && !reader.freshKeys.isEmpty)
            try Golden.with(bound.algorithm) {
                let found = model(
                    try tensors.channelsLast("sample"), timesteps: [613], context: try tensors.tensor("context"))
                let error = found.relativeError(try tensors.channelsLast("out"))
                print("unet-image \(bound): \(error)")
                #expect(error <= bound.outputs)
            }
        }

        @Test func temporalLayersBeginAnew() throws {
            let (_, fresh) = try videoModel(imageWeights(seed: 1))
            #expect(!fresh.isEmpty)
            #expect(fresh.allSatisfy(Self.isTemporal))
            var weights = imageWeights(seed: 1)
            weights["conv_in.weight"] = nil
            #expect(throws: CheckpointError.self) { try videoModel(weights) }
        }

        /// Group norms take the statistics of a whole clip, so that only a clip of equal frames is sure to have each
        /// frame's own: then every frame must be what the image model makes of it.
        @Test(arguments: [2, 3, 8])
        func clipOfOnePictureIsThatPicture(_ frames: Int) throws {
            let (model, _) = try videoModel(imageWeights(seed: 2))
            let picture = pattern([1, 1, 8, 8, 4], seed: 3), context = pattern([1, 5, 12], seed: 4)
            let image = model(picture, timesteps: [300], context: context)
            let clip = Tensor.stacked(Array(repeating: picture.slice(0), count: frames))
                .reshaped([1, frames, 8, 8, 4])
            let video = model(clip, timesteps: [300], context: context)
            for frame in 0..<frames {
                #expect(video.slice(0).slice(frame).relativeError(image.slice(0).slice(0)) < 1e-5, "frame \(frame)")
            }
        }

        /// Frames of a batch are pictures: nothing joins them, whatever they show.
        @Test func singleFramesAreIndependent() throws {
            let (model, _) = try videoModel(imageWeights(seed: 2))
            let pictures = pattern([3, 1, 8, 8, 4], seed: 6), context = pattern([3, 5, 12], seed: 7)
            let together = model(pictures, timesteps: [10, 500, 990], context: context)
            for (index, timestep) in [Float(10), 500, 990].enumerated() {
                let alone = model(
                    pictures.slice(index..<index + 1), timesteps: [timestep], context: context.slice(index..<index + 1))
                #expect(together.slice(index..<index + 1).relativeError(alone) < 1e-5)
            }
        }

        /// What the new layers leave between different frames is the joint statistics of group norms alone: a clip of
        /// the same frames in another order gives the same frames in that order.
        @Test func orderOfFramesDoesNotMatter() throws {
            let (model, _) = try videoModel(imageWeights(seed: 2))
            let clip = pattern([1, 4, 8, 8, 4], seed: 8), context = pattern([1, 5, 12], seed: 9)
            let order = [2, 0, 3, 1]
            let moved = Tensor.stacked(order.map { clip.slice(0).slice($0) }).reshaped(clip.shape)
            let straight = model(clip, timesteps: [300], context: context)
            let other = model(moved, timesteps: [300], context: context)
            for (place, source) in order.enumerated() {
                #expect(other.slice(0).slice(place).relativeError(straight.slice(0).slice(source)) < 1e-5)
            }
            // And they are not what each frame is alone: the statistics are shared.
            let alone = model(clip.slice(0).slice(0..<1).reshaped([1, 1, 8, 8, 4]), timesteps: [300], context: context)
            #expect(straight.slice(0).slice(0).relativeError(alone.slice(0).slice(0)) > 1e-2)
        }

        /// Positions are added to what flows past Temp-attn, so that they change even a new layer's output and a single
        /// frame's. A model that was trained with them needs them; an image model must not get them.
        @Test func framePositionsReachSingleFrames() throws {
            let weights = imageWeights(seed: 2)
            let picture = pattern([1, 1, 8, 8, 4], seed: 3), context = pattern([1, 5, 12], seed: 4)
            let with = try videoModel(weights, framePositions: true).model(picture, timesteps: [300], context: context)
            let without = try videoModel(weights).model(picture, timesteps: [300], context: context)
            #expect(with.relativeError(without) > 1e-2)
        }
    }
}
