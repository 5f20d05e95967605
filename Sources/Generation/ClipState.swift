import Checkpoints
import Files
import Foundation
import Tensors

/// What a clip needs of the ones before it: besides the settings, all of it.
public struct ClipState {
    /// How many clips there are.
    public let clips: Int
    /// The last clip's latents before each denoising step, [1, frames, height, width, channels].
    public let trajectory: [Tensor]
    /// Where the random numbers stand.
    public let generator: TorchGenerator

    public init(clips: Int, trajectory: [Tensor], generator: TorchGenerator) {
        (self.clips, self.trajectory, self.generator) = (clips, trajectory, generator)
    }
}

/// The files of a run that hold latents: float32 safetensors, each with a fingerprint of what it holds.
enum ClipFile {
    private static let latentsKey = "latents", checksumKey = "fingerprint", generatorKey = "generator"

    static func clipName(_ number: Int) -> String { "clip-\(padded(number)).safetensors" }
    static func stateName(_ clips: Int) -> String { "state-\(padded(clips)).safetensors" }

    /// The number in a name that begins with "clip" or "state"; nil for other names.
    static func number(in name: String, of kind: String) -> Int? {
        let suffix = ".safetensors"
        guard name.hasPrefix(kind + "-"), name.hasSuffix(suffix) else { return nil }
        let digits = name.dropFirst(kind.count + 1).dropLast(suffix.count)
        guard digits.count >= 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(digits).flatMap { $0 > 0 ? $0 : nil }
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// Throws `FileError.unwritable`.
    static func write(_ latents: Tensor, to url: URL) throws {
        try write([latentsKey: latents], [:], to: url)
    }

    /// Throws `RunError.damaged`.
    static func latents(_ url: URL) throws -> Tensor {
        let (tensors, _) = try read(url)
        guard let latents = tensors[latentsKey], tensors.count == 1 else {
            throw RunError.damaged(file: url.path, problem: "it does not hold the latents of a clip")
        }
        return latents
    }

    /// Throws `FileError.unwritable`.
    static func write(_ state: ClipState, to url: URL) throws {
        let tensors = state.trajectory.enumerated().map { (String($0.offset + 1), $0.element) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let generator = try encoder.encode(state.generator)
        try write(
            Dictionary(uniqueKeysWithValues: tensors), [generatorKey: String(decoding: generator, as: UTF8.self)], to: url)
    }

    /// Throws `RunError.damaged`.
    static func state(_ url: URL, clips: Int) throws -> ClipState {
        let (tensors, metadata) = try read(url)
        guard let text = metadata[generatorKey],
            let generator = try? JSONDecoder().decode(TorchGenerator.self, from: Data(text.utf8))
        else { throw RunError.damaged(file: url.path, problem: "it does not say where the random numbers stand") }
        let trajectory = (1...max(1, tensors.count)).compactMap { tensors[String($0)] }
        guard !trajectory.isEmpty, trajectory.count == tensors.count else {
            throw RunError.damaged(file: url.path, problem: "it does not hold the latents of a clip's steps")
        }
        return ClipState(clips: clips, trajectory: trajectory, generator: generator)
    }

    private static func write(_ tensors: [String: Tensor], _ metadata: [String: String], to url: URL) throws {
        var metadata = metadata
        metadata[checksumKey] = fingerprint(tensors, metadata)
        try SafetensorsWriter.write(tensors, as: .float32, metadata: metadata, to: url)
    }

    private static func read(_ url: URL) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
        do {
            let file = try SafetensorsFile(url)
            var metadata = file.metadata
            let stated = metadata.removeValue(forKey: checksumKey)
            let tensors = try Dictionary(uniqueKeysWithValues: file.keys.map { ($0, try file.tensor($0)) })
            guard stated == fingerprint(tensors, metadata) else {
                throw RunError.damaged(file: url.path, problem: "its contents are not those that were saved")
            }
            return (tensors, metadata)
        } catch let error as CheckpointError {
            switch error {
            case let .damaged(_, problem): throw RunError.damaged(file: url.path, problem: problem)
            default: throw RunError.damaged(file: url.path, problem: "it is no safetensors file of this program")
            }
        } catch let error as FileError {
            throw RunError.damaged(file: url.path, problem: error.reason)
        }
    }

    private static func fingerprint(_ tensors: [String: Tensor], _ metadata: [String: String]) -> String {
        var print = Fingerprint()
        for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            print.absorb(key)
            print.absorb(tensor)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            print.absorb(key)
            print.absorb(value)
        }
        return print.text
    }
}
