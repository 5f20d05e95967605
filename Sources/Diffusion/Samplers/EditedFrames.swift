import Tensors

/// Frames whose latents were changed between two steps of a sampler: positions along axis 1 of a clip
/// [batch, frames, height, width, channels], the same ones in every entry of the batch.
///
/// Multistep samplers carry a frame's past with them. A frame that was changed has another past than the one they
/// remember, so `Sampler.step` must be told of it: otherwise UniPC's correction, which starts from the sample that it
/// remembers, takes most of the change back, and DPM-Solver++'s slope exaggerates it (docs/samplers.md).
public struct EditedFrames: Equatable, Sendable {
    /// Positions of the edited frames, rising and without repetition.
    public let positions: [Int]

    /// No frame was changed.
    public static let none = EditedFrames([])

    /// - Parameter positions: 0 or more each, in any order.
    public init(_ positions: some Sequence<Int>) {
        self.positions = Set(positions).sorted()
        precondition((self.positions.first ?? 0) >= 0, "frames are counted from 0")
    }

    /// The frames that a mask marks: one value for each frame.
    public init(mask: [Bool]) {
        positions = mask.indices.filter { mask[$0] }
    }

    public var isEmpty: Bool { positions.isEmpty }

    public func union(_ other: EditedFrames) -> EditedFrames { EditedFrames(positions + other.positions) }

    /// `tensor` with these frames taken from `source`; both are clips of one shape.
    func taken(from source: @autoclosure () -> Tensor, into tensor: Tensor) -> Tensor {
        guard let last = positions.last else { return tensor }
        let source = source()
        precondition(source.shape == tensor.shape, "\(source.shape) does not fit \(tensor.shape)")
        precondition(
            tensor.rank >= 2 && last < tensor.shape[1], "frame \(last) was edited in a sample of shape \(tensor.shape)")
        let result = tensor.copied()
        let size = tensor.shape[2...].reduce(1, *)
        for entry in 0..<tensor.shape[0] {
            for position in positions {
                let place = (entry * tensor.shape[1] + position) * size
                (result.pointer + place).update(from: source.pointer + place, count: size)
            }
        }
        return result
    }
}

/// What a sampler does with its memory of a frame that was edited.
public enum EditHistory: String, Codable, CaseIterable, Sendable {
    /// The frame begins anew at the edit: no correction of the step that led to it, first order in the one that follows.
    /// All of an edit reaches the next sample that DDIM would let through.
    case restart
    /// The sampler is not told of edits. Runs of record version 1 were made so, and the authors' pipeline does it.
    case keep

    /// The frames that a sampler is told of.
    public func told(_ edited: EditedFrames) -> EditedFrames { self == .restart ? edited : .none }
}

extension KeyedDecodingContainer {
    /// Records from before there was a choice lack the value: their samplers kept what they remembered.
    public func decode(_ type: EditHistory.Type, forKey key: Key) throws -> EditHistory {
        try decodeIfPresent(type, forKey: key) ?? .keep
    }
}
