import Checkpoints
import Files
import Foundation
import Layers
import Tensors
import Video

/// Says what a clip of the scenes shows: family, colour, count, time of day. It learns from rendered clips alone and
/// judges whether generated ones show what their captions ask for.
///
/// A small convolutional network over a few frames: patches of 2×2, four levels of residual convolutions, the mean over
/// places and frames, a hidden layer (the features of distances), one linear layer for each question.
public final class SceneClassifier {
    /// What it is asked about a clip.
    public enum Question: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable { case family, colour, count, time }

    public struct Configuration: Codable, Equatable, Sendable {
        /// Side of the pictures that the network sees.
        public var side = 64
        public var widths = [32, 64, 96, 128]
        /// Residual convolutions of each level.
        public var depths = [1, 2, 2, 1]
        public var groups = 8
        /// Width of the hidden layer.
        public var features = 128
        /// Frames of a clip that are looked at, evenly spread.
        public var frames = 4
        /// Possible answers, sorted; raw labels as the clips have them, counts as digits.
        public var answers: [Question: [String]]
        /// Share of right answers on held-out rendered clips, and how many of these there were.
        public var heldOutAccuracy: [Question: Double]?
        public var heldOutClips: Int?

        enum CodingKeys: String, CodingKey {
            case side, widths, depths, groups, features, frames, answers
            case heldOutAccuracy = "held_out_accuracy", heldOutClips = "held_out_clips"
        }

        public init(answers: [Question: [String]]) { self.answers = answers }

        /// Throws `DecodingError` for sizes that no such network has.
        public init(from decoder: any Decoder) throws {
            let c = try decoder.container(keyedBy: CodingKeys.self)
            func invalid(_ key: CodingKeys, _ problem: String) -> DecodingError {
                .dataCorruptedError(forKey: key, in: c, debugDescription: problem)
            }
            func positive(_ key: CodingKeys, upTo limit: Int = 1 << 12) throws -> Int {
                let value = try c.decode(Int.self, forKey: key)
                guard (1...limit).contains(value) else { throw invalid(key, "is \(value) and must be from 1 to \(limit)") }
                return value
            }
            let groups = try positive(.groups), mostLevels = 8, mostBlocks = 64
            self.groups = groups
            widths = try c.decode([Int].self, forKey: .widths)
            guard (1...mostLevels).contains(widths.count), widths.allSatisfy({ (1...1 << 12).contains($0) && $0 % groups == 0 })
            else { throw invalid(.widths, "must list from 1 to \(mostLevels) multiples of groups (\(groups)) up to \(1 << 12)") }
            depths = try c.decode([Int].self, forKey: .depths)
            guard depths.count == widths.count, depths.allSatisfy({ (0...mostBlocks).contains($0) }) else {
                throw invalid(.depths, "must list \(widths.count) numbers from 0 to \(mostBlocks), one for each width")
            }
            // The entrance halves the side, and each further level.
            let step = 1 << widths.count
            side = try positive(.side)
            guard side % step == 0 else { throw invalid(.side, "is \(side) and must be a multiple of \(step)") }
            features = try positive(.features, upTo: 1 << 16)
            frames = try positive(.frames)
            answers = try c.decode([Question: [String]].self, forKey: .answers)
            guard !answers.isEmpty, answers.values.allSatisfy({ !$0.isEmpty }) else {
                throw invalid(.answers, "must list the answers of one question or more")
            }
            heldOutAccuracy = try c.decodeIfPresent([Question: Double].self, forKey: .heldOutAccuracy)
            heldOutClips = try c.decodeIfPresent(Int.self, forKey: .heldOutClips)
        }
    }

    /// What the network says about a clip.
    public struct Reading: Sendable {
        public let answers: [Question: String]
        /// The hidden layer: [features].
        public let features: [Float]
    }

    public static let weightsName = "model.safetensors"

    public internal(set) var configuration: Configuration
    private let entrance: Convolution2D
    private let levels: [Level]
    private let norm: GroupNormalization
    private let hidden: Linear
    private let heads: [Question: Linear]

    private struct Level {
        /// From patches of 2×2 places of the level before; nil for the first.
        let down: Linear?
        let blocks: [(norm: GroupNormalization, convolution: Convolution2D)]
    }

    public init(_ configuration: Configuration, _ scope: ParameterScope) {
        self.configuration = configuration
        let widths = configuration.widths
        entrance = Convolution2D(scope.scope("entrance"), 12, widths[0])
        levels = widths.indices.map { i in
            let level = scope.scope("levels", i)
            return Level(
                down: i == 0 ? nil : Linear(level.scope("down"), 4 * widths[i - 1], widths[i]),
                blocks: (0..<configuration.depths[i]).map { k in
                    let block = level.scope("blocks", k)
                    return (
                        GroupNormalization(block.scope("norm"), groups: configuration.groups, channels: widths[i], epsilon: 1e-5),
                        Convolution2D(block.scope("conv"), widths[i], widths[i])
                    )
                })
        }
        let last = widths[widths.count - 1]
        norm = GroupNormalization(scope.scope("norm"), groups: configuration.groups, channels: last, epsilon: 1e-5)
        hidden = Linear(scope.scope("hidden"), last, configuration.features)
        heads = configuration.answers.sorted { $0.key.rawValue < $1.key.rawValue }.reduce(into: [:]) { heads, item in
            heads[item.key] = Linear(
                scope.scope("heads").scope(item.key.rawValue), configuration.features, item.value.count)
        }
    }

    /// Reads `config.json` and `model.safetensors` of a folder. Throws `CheckpointError`.
    public convenience init(_ folder: URL) throws {
        let configuration = try JSONFile.read(Configuration.self, from: folder.appendingPathComponent("config.json"))
        let reader = WeightReader(
            try WeightFile.open(folder.appendingPathComponent(Self.weightsName)), for: "the scene classifier")
        self.init(configuration, ParameterScope(reader, store: ParameterStore()))
        try reader.finish()
    }

    /// - Parameter pictures: [clips * frames, side, side, 3] in [-1, 1], the frames of a clip one after another.
    /// - Returns: features [clips, features] and the heads' logits [clips, answers].
    func callAsFunction(_ pictures: Tensor, clips: Int) -> (features: Tensor, logits: [Question: Tensor]) {
        var x = entrance(pictures.pixelUnshuffled(2))
        for level in levels {
            if let down = level.down { x = down(x.pixelUnshuffled(2)) }
            for block in level.blocks { x = block.convolution(block.norm(x, silu: true)) + x }
        }
        let features = hidden(norm(x, silu: true).reshaped([clips, -1, x.size(-1)]).meanOverPlaces()).silu()
        return (features, heads.mapValues { $0(features) })
    }

    /// Looks at a clip of any length and size.
    public func callAsFunction(_ clip: [Frame]) -> Reading {
        let side = configuration.side, count = max(1, min(configuration.frames, clip.count))
        let pictures = Tensor(uninitialized: [count, side, side, 3])
        for i in 0..<count {
            let frame = clip[(2 * i + 1) * clip.count / (2 * count)]
            let source = frame.pixels.map { Float($0) * (2 / 255.0) - 1 }
            BoxSampling.write(
                source, width: frame.width, height: frame.height,
                window: Window(x: 0, y: 0, width: Double(frame.width), height: Double(frame.height)), side: side,
                isMirrored: false, to: pictures.pointer + i * side * side * 3)
        }
        let (features, logits) = withoutGradients { self(pictures, clips: 1) }
        let answers = logits.compactMap { question, logits -> (Question, String)? in
            let values = logits.values, list = configuration.answers[question] ?? []
            guard let best = values.indices.max(by: { values[$0] < values[$1] }), best < list.count else { return nil }
            return (question, list[best])
        }
        return Reading(answers: Dictionary(uniqueKeysWithValues: answers), features: features.values)
    }
}

/// Pictures of another size: each pixel is the mean of what it covers.
enum BoxSampling {
    /// - Parameters:
    ///   - source: [height, width, 3].
    ///   - window: the part of the source that is shown.
    ///   - target: memory for [side, side, 3].
    static func write(
        _ source: UnsafePointer<Float>, width: Int, height: Int, window: Window, side: Int, isMirrored: Bool,
        to target: UnsafeMutablePointer<Float>
    ) {
        let columns = spans(window.x, window.width, side, width), rows = spans(window.y, window.height, side, height)
        var row = [Float](repeating: 0, count: width * 3)
        for (y, span) in rows.enumerated() {
            for i in row.indices { row[i] = 0 }
            for (index, weight) in span {
                let line = source + index * width * 3
                for i in row.indices { row[i] += weight * line[i] }
            }
            for (x, span) in columns.enumerated() {
                var sum = SIMD3<Float>.zero
                for (index, weight) in span { sum += weight * SIMD3(row[3 * index], row[3 * index + 1], row[3 * index + 2]) }
                let out = target + (y * side + (isMirrored ? side - 1 - x : x)) * 3
                (out[0], out[1], out[2]) = (sum.x, sum.y, sum.z)
            }
        }
    }

    /// Which pixels of an axis each of `count` results covers, and how much of the result each is.
    private static func spans(_ start: Double, _ length: Double, _ count: Int, _ size: Int) -> [[(Int, Float)]] {
        (0..<count).map { i in
            let from = start + length * Double(i) / Double(count), to = start + length * Double(i + 1) / Double(count)
            return (Int(from)...max(Int(from), Int(to.rounded(.up)) - 1)).map { index in
                let covered = min(to, Double(index + 1)) - max(from, Double(index))
                return (min(index, size - 1), Float(covered / (to - from)))
            }
        }
    }
}
