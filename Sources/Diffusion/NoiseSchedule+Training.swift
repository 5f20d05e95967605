import Tensors

/// What training needs. Tensors hold one sample per entry of their first axis, each with a timestep of its own.
/// Results carry no gradient history: a loss compares the model's output with `target`.
extension NoiseSchedule {
    /// x_t = √ᾱ · x₀ + √(1−ᾱ) · ε.
    public func addNoise(_ sample: Tensor, noise: Tensor, timesteps: [Int]) -> Tensor {
        combine(sample, noise, timesteps) { signal, noise in (signal, noise) }
    }

    /// v = √ᾱ · ε − √(1−ᾱ) · x₀.
    public func velocity(_ sample: Tensor, noise: Tensor, timesteps: [Int]) -> Tensor {
        combine(sample, noise, timesteps) { signal, noise in (-noise, signal) }
    }

    /// What the model should output for a clean sample and the noise added to it.
    public func target(_ sample: Tensor, noise: Tensor, timesteps: [Int]) -> Tensor {
        switch configuration.predictionType {
        case .epsilon: noise
        case .sample: sample
        case .velocity: velocity(sample, noise: noise, timesteps: timesteps)
        }
    }

    /// The clean sample x₀ that a model's output at x_t stands for. With noise prediction, the timesteps must
    /// hold some signal (ᾱ > 0).
    public func predictedSample(_ modelOutput: Tensor, noisy: Tensor, timesteps: [Int]) -> Tensor {
        switch configuration.predictionType {
        case .epsilon: combine(noisy, modelOutput, timesteps) { signal, noise in (1 / signal, -noise / signal) }
        case .sample: modelOutput
        case .velocity: combine(noisy, modelOutput, timesteps) { signal, noise in (signal, -noise) }
        }
    }

    /// For each entry of the first axis: first · a + second · b, with (a, b) from the rates at its timestep.
    private func combine(
        _ first: Tensor, _ second: Tensor, _ timesteps: [Int],
        factors: (_ signal: Float, _ noise: Float) -> (Float, Float)
    ) -> Tensor {
        first.combined(with: second, timesteps.map { factors(signalRate($0), noiseRate($0)) })
    }
}
