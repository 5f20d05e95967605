import Checkpoints
import Files
import Foundation
import Layers
import Models
import Tensors

/// The tiny models beside the tests, and what PyTorch computed with them: see `Fixtures/README.md`.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// A tiny model of this room's fixtures with all its parameters, none of which may be missing or left over.
    static func model<Configuration: Decodable, Model>(
        _ name: String, _ type: Configuration.Type, adapt: (inout Configuration, WeightReader) -> Void = { _, _ in },
        _ make: (Configuration, ParameterScope) -> Model
    ) throws -> (model: Model, store: ParameterStore) {
        let folder = try ModelFolder(folder.appendingPathComponent(name))
        let reader = WeightReader(try folder.weights(), for: name), store = ParameterStore()
        var configuration = try folder.configuration(type)
        adapt(&configuration, reader)
        let model = make(configuration, ParameterScope(reader, store: store))
        try reader.finish()
        return (model, store)
    }

    static func unet(_ name: String) throws -> (model: VideoUNet, store: ParameterStore) {
        try model(name, UNetConfiguration.self, adapt: { $0.adapt(to: $1) }) { VideoUNet($0, $1) }
    }

    /// Sizes, loss and gradient norms of a case.
    struct Facts: Decodable {
        let loss: Float
        let gradientNorms: [String: Double]
        let frames: Int?
        let timesteps: [Float]?
        let ids: [[Int]]?
        let klWeight: Float?

        enum CodingKeys: String, CodingKey {
            case loss, frames, timesteps, ids
            case gradientNorms = "gradient_norms"
            case klWeight = "kl_weight"
        }
    }

    static func facts(_ model: String, _ name: String) throws -> Facts {
        try JSONFile.read(Facts.self, from: folder.appendingPathComponent("\(model)/\(name).json"))
    }

    static func tensors(_ model: String, _ name: String) throws -> SafetensorsFile {
        try SafetensorsFile(folder.appendingPathComponent("\(model)/\(name).safetensors"))
    }

    /// Runs `body` with one of the convolution algorithms.
    static func with<Result>(_ algorithm: ConvolutionAlgorithm, _ body: () throws -> Result) rethrows -> Result {
        try ConvolutionAlgorithm.$current.withValue(algorithm, operation: body)
    }
}

extension WeightSource {
    /// Pictures [batch, channels, height, width] or a clip [batch, channels, frames, height, width], channels last.
    func channelsLast(_ key: String) throws -> Tensor { try tensor(key).channelsLast }
}

extension Tensor {
    /// PyTorch's layout with the channels moved to the end.
    var channelsLast: Tensor { permuted([0] + Array(2..<rank) + [1]) }

    /// The length of the vector of all elements.
    var norm: Double { values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }

    /// The length of the difference over the length of `wanted`; infinite where the shapes differ.
    func relativeError(_ wanted: Tensor) -> Double {
        guard shape == wanted.shape else { return .infinity }
        let error = zip(values, wanted.values).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }.squareRoot()
        return error.isFinite ? error / max(wanted.norm, 1e-30) : .infinity
    }
}

/// How far a model is from PyTorch in one case, as relative L2 errors.
struct Distance {
    var output = 0.0
    var loss = 0.0
    /// The worst parameter or input whose whole gradient is recorded.
    var gradient = (key: "", error: 0.0)
    /// The worst norm of a parameter's gradient, over the largest norm of all.
    var gradientNorm = (key: "", error: 0.0)

    mutating func addOutput(_ found: Tensor, _ wanted: Tensor) { output = max(output, found.relativeError(wanted)) }

    mutating func addLoss(_ found: Tensor, _ wanted: Float) {
        let error = Double(abs(found.values[0] - wanted) / abs(wanted))
        loss = error.isFinite ? max(loss, error) : .infinity
    }

    mutating func addGradient(_ key: String, _ found: Tensor?, _ wanted: Tensor) {
        let error = found?.relativeError(wanted) ?? .infinity
        if error >= gradient.error { gradient = (key, error) }
    }

    /// Compares the gradients of all parameters with a case. `stored` gives the key that the case uses for one.
    mutating func addGradients(
        of store: ParameterStore, _ facts: Golden.Facts, _ tensors: SafetensorsFile, stored: (String) -> String = { $0 }
    ) throws {
        let largest = facts.gradientNorms.values.max() ?? 1
        for parameter in store.parameters {
            let key = stored(parameter.key), found = parameter.value.gradient
            guard let wanted = facts.gradientNorms[key] else {
                gradientNorm = (key, .infinity)
                continue
            }
            // A temporal layer that a single frame skips has no gradient at all.
            let error = abs((found?.norm ?? 0) - wanted) / largest
            if !(error < gradientNorm.error) { gradientNorm = (key, error.isFinite ? error : .infinity) }
            if tensors.contains("grad.\(key)") {
                let whole = try tensors.tensor("grad.\(key)")
                if wanted > 0 || found != nil { addGradient(key, found?.reshaped(whole.shape), whole) }
            }
        }
    }

    /// Whether everything is within a bound: the first for what comes out, the second for gradients.
    func isWithin(_ outputs: Double, _ gradients: Double) -> Bool {
        output <= outputs && loss <= outputs && gradient.error <= gradients && gradientNorm.error <= gradients
    }
}

extension Distance: CustomStringConvertible {
    var description: String {
        String(
            format: "output %.1e, loss %.1e, gradients %.1e (%@), norms %.1e (%@)", output, loss, gradient.error,
            gradient.key, gradientNorm.error, gradientNorm.key)
    }
}
