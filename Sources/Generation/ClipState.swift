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

/// Clips and what they hand on as pieces of a run's folder (`PieceFile`), counted from 1.
enum ClipFile {
    static func clipName(_ number: Int) -> String { PieceFile.name(.clip, of: PieceID(number - 1)) }
    static func stateName(_ clips: Int) -> String { PieceFile.name(.state, of: PieceID(clips - 1)) }

    /// The number in the name of a clip or of a state; nil for other names.
    static func number(in name: String, of kind: PieceFile.Kind) -> Int? {
        PieceFile.piece(of: name, kind).flatMap { $0.level == 0 ? $0.index + 1 : nil }
    }

    /// Throws `FileError.unwritable`.
    static func write(_ latents: Tensor, to url: URL) throws { try PieceFile.write(Piece(latents: latents), to: url) }

    /// Throws `RunError.damaged`.
    static func latents(_ url: URL) throws -> Tensor { try PieceFile.piece(url).latents }

    /// Throws `FileError.unwritable`.
    static func write(_ state: ClipState, to url: URL) throws {
        try PieceFile.write(PieceCarry(tensors: state.trajectory, generator: state.generator), to: url)
    }

    /// Throws `RunError.damaged`.
    static func state(_ url: URL, clips: Int) throws -> ClipState {
        let carry = try PieceFile.carry(url)
        guard let generator = carry.generator else {
            throw RunError.damaged(file: url.path, problem: "it does not say where the random numbers stand")
        }
        guard !carry.tensors.isEmpty else {
            throw RunError.damaged(file: url.path, problem: "it does not hold the latents of a clip's steps")
        }
        return ClipState(clips: clips, trajectory: carry.tensors, generator: generator)
    }
}
