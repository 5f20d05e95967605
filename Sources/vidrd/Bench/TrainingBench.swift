import Foundation
import Layers
import Models
import Tensors
import Training

/// Steps of the starter's training on random latents: prediction, loss, gradients, optimiser.
final class TrainingBench {
    enum Stage: String { case image, video }

    private let unet: VideoUNet
    private let optimizer: Optimizer
    private let latents, target, context, pooled: Tensor
    private let timesteps: [Float]
    private var seconds = (steps: 0.0, optimizer: 0.0)

    /// - Parameter size: height and width of the latents.
    init(_ stage: Stage, _ kind: OptimizerKind, frames: Int, size: (Int, Int)) {
        let configuration = UNetConfiguration.starter, store = ParameterStore()
        unet = VideoUNet(configuration, ParameterScope(nil, store: store, seed: 1))
        store.train { stage == .video || !$0.contains("temp_") }
        optimizer = Optimizer(store.parameters, configuration: .init(kind))
        let shape = (stage == .image ? [32, 1] : [2, frames]) + [size.0, size.1, configuration.inChannels]
        var random = TorchGenerator(seed: 3)
        latents = random.randn(shape)
        target = random.randn(shape)
        context = random.randn([shape[0], 32, configuration.crossAttentionDim])
        pooled = random.randn([shape[0], configuration.crossAttentionDim])
        timesteps = (0..<shape[0]).map { Float($0 * 31 % 1000) }
    }

    func step() {
        let begin = DispatchTime.now().uptimeNanoseconds
        let loss = unet(latents, timesteps: timesteps, context: context, pooled: pooled).meanSquaredError(target)
        loss.backward()
        let gradients = DispatchTime.now().uptimeNanoseconds
        optimizer.apply(learningRate: 1e-4)
        let end = DispatchTime.now().uptimeNanoseconds
        seconds.steps += Double(end - begin) / 1e9
        seconds.optimizer += Double(end - gradients) / 1e9
    }

    /// What the optimiser took of the time of all steps so far: update and moving average, from 0 to 1.
    var optimizerShare: Double { seconds.optimizer / seconds.steps }
}
