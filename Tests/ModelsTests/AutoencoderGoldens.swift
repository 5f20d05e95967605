import Checkpoints
import Foundation
import Models
import Tensors
import Testing

extension ModelGoldens {
    @Suite struct VariationalAutoencoder {
        static let cases = [
            ("vae-starter", "2x1x16x24"), ("vae-starter", "1x3x16x24"), ("vae-attention", "2x1x16x12"),
        ]

        /// Fixtures keep the middle's attention under diffusers' old names; a model has the new ones.
        private static func stored(_ key: String, in facts: Golden.Facts) -> String {
            guard facts.gradientNorms[key] == nil else { return key }
            return [(".to_q.", ".query."), (".to_k.", ".key."), (".to_v.", ".value."), (".to_out.0.", ".proj_attn.")]
                .reduce(key) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
        }

        @Test(arguments: cases, Bound.both)
        func agreesWithPyTorch(_ golden: (model: String, size: String), _ bound: Bound) throws {
            let facts = try Golden.facts(golden.model, "mse-\(golden.size)")
            let tensors = try Golden.tensors(golden.model, "mse-\(golden.size)")
            let (model, store) = try Golden.model(golden.model, AutoencoderConfiguration.self) { Autoencoder($0, $1) }
            store.train { _ in true }
            var distance = Distance()
            try Golden.with(bound.algorithm) {
                let image = try tensors.channelsLast("image").requiringGradient()
                let (mean, logVariance) = model.encode(image)
                distance.addOutput(mean, try tensors.channelsLast("mean"))
                distance.addOutput(logVariance, try tensors.channelsLast("log_variance"))
                distance.addOutput(model.normalized(mean.detached), try tensors.channelsLast("normalised"))
                #expect(model.denormalized(model.normalized(mean.detached)).relativeError(mean) < 1e-6)

                let z = mean + (logVariance * 0.5).exp() * (try tensors.channelsLast("noise"))
                distance.addOutput(z, try tensors.channelsLast("z"))
                let output = model.decode(z, frames: facts.frames ?? 1)
                distance.addOutput(output, try tensors.channelsLast("out"))
                let loss = output.meanSquaredError(try tensors.channelsLast("target"))
                distance.addLoss(loss, facts.loss)
                loss.backward()
                try distance.addGradients(of: store, facts, tensors) { Self.stored($0, in: facts) }
                distance.addGradient("image", image.gradient, try tensors.channelsLast("grad.image"))
            }
            report(golden.model, golden.size, bound, distance)
            #expect(distance.isWithin(bound.outputs, bound.gradients), "\(distance)")
        }

        @Test(arguments: cases)
        func decodesRecordedLatents(_ golden: (model: String, size: String)) throws {
            let facts = try Golden.facts(golden.model, "mse-\(golden.size)")
            let tensors = try Golden.tensors(golden.model, "mse-\(golden.size)")
            let (model, _) = try Golden.model(golden.model, AutoencoderConfiguration.self) { Autoencoder($0, $1) }
            try Golden.with(.exact) {
                let z = try tensors.channelsLast("z").requiringGradient()
                let output = model.decode(z, frames: facts.frames ?? 1)
                #expect(output.relativeError(try tensors.channelsLast("out")) < 2e-6)
                output.meanSquaredError(try tensors.channelsLast("target")).backward()
                let gradient = try #require(z.gradient)
                #expect(gradient.relativeError(try tensors.channelsLast("grad.z")) < 1e-5)
            }
        }

        /// The loss that trains the autoencoder: its gradient has jumps, and half of it goes past the decoder.
        @Test(arguments: cases)
        func trainingLossAgreesWithPyTorch(_ golden: (model: String, size: String)) throws {
            let facts = try Golden.facts(golden.model, "recipe-\(golden.size)")
            let gradients = try Golden.tensors(golden.model, "recipe-\(golden.size)")
            let tensors = try Golden.tensors(golden.model, "mse-\(golden.size)")
            let (model, store) = try Golden.model(golden.model, AutoencoderConfiguration.self) { Autoencoder($0, $1) }
            store.train { _ in true }
            var distance = Distance()
            try Golden.with(.exact) {
                let image = try tensors.channelsLast("image")
                let (mean, logVariance) = model.encode(image)
                let z = mean + (logVariance * 0.5).exp() * (try tensors.channelsLast("noise"))
                let output = model.decode(z, frames: facts.frames ?? 1)
                let reconstruction =
                    output.meanAbsoluteError(image) + output.meanSquaredError(image)
                    + output.naiveSlopeError(image) * 0.5
                let divergence = ((mean * mean + logVariance.exp() - logVariance) * 0.5).mean()
                let loss = reconstruction + divergence * (facts.klWeight ?? 0)
                // KL(N(μ, σ²) || N(0, 1)) has a constant that trains nothing.
                distance.addLoss(loss + Tensor([-0.5 * (facts.klWeight ?? 0)], [1]), facts.loss)
                loss.backward()
                try distance.addGradients(of: store, facts, gradients) { Self.stored($0, in: facts) }
            }
            report(golden.model, "recipe-\(golden.size)", Bound.both[0], distance)
            #expect(distance.isWithin(2e-6, 1e-5), "\(distance)")
        }
    }
}

extension Tensor {
    /// Mean absolute error of horizontal slopes plus that of vertical slopes, as the formula has it;
    /// [batch, height, width, channels], `target` without gradient.
    fileprivate func naiveSlopeError(_ target: Tensor) -> Tensor {
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3]), error = (detached - target.detached).values
        var value = 0.0, slope = [Float](repeating: 0, count: count)
        func add(_ from: Int, _ to: Int, _ pairs: Int) {
            let difference = error[to] - error[from], scale = 1 / Double(pairs)
            value += Double(abs(difference)) * scale
            let sign: Float = difference > 0 ? 1 : difference < 0 ? -1 : 0
            slope[to] += sign * Float(scale)
            slope[from] -= sign * Float(scale)
        }
        for b in 0..<n {
            for y in 0..<h {
                for x in 0..<w {
                    for k in 0..<c {
                        let here = ((b * h + y) * w + x) * c + k
                        if x + 1 < w { add(here, here + c, n * h * (w - 1) * c) }
                        if y + 1 < h { add(here, here + w * c, n * (h - 1) * w * c) }
                    }
                }
            }
        }
        let gradient = Tensor(slope, shape)
        return Tensor([Float(value)], [1]).withGradient(of: self) { dy in gradient * dy.values[0] }
    }
}
