import Checkpoints
import Foundation
import Tensors

/// What a file of features says about itself.
public struct FeatureHeader: Codable, Equatable, Sendable {
    public var format = "vidrd features 1"
    public var rules: ClipProtocol
    /// Which network: a digest of its weights.
    public var weights: String

    public init(rules: ClipProtocol, weights: String) {
        (self.rules, self.weights) = (rules, weights)
    }

    enum CodingKeys: String, CodingKey { case format, rules = "protocol", weights }

    /// Whether features of the other header are the same function of a video.
    func agrees(with other: FeatureHeader) -> Bool {
        var (a, b) = (self, other)
        (a.rules.layer, b.rules.layer) = (.logits, .logits)
        (a.rules.limit, b.rules.limit) = (nil, nil)
        (a.rules.seed, b.rules.seed) = (0, 0)
        return a == b
    }
}

/// Features on disk, one record of fixed size after another, so that thousands of videos cost no memory and a stopped
/// run keeps what it has.
///
/// A header of 4,096 bytes (JSON and spaces), then for each clip: name (256 bytes of UTF-8, zeros at the end), motion,
/// jitter, three of drift (float32), 400 logits, 1,024 pooled features (float32), all little-endian.
public final class FeatureStore {
    static let headerSize = 4096, nameSize = 256, figures = 5
    static let floats = figures + InflatedInception.classes + InflatedInception.features
    static let recordSize = nameSize + 4 * floats

    public let url: URL
    private let isTemporary: Bool
    private var handle: FileHandle?
    public private(set) var count = 0
    /// Names that are there already.
    public private(set) var names: Set<String> = []

    /// Opens a file to append to, or makes it; a record that was cut off by a stop is dropped.
    ///
    /// - Parameter url: nil for a temporary file that goes with this object.
    public init(_ url: URL?, header: FeatureHeader) throws {
        isTemporary = url == nil
        self.url = url ?? FileManager.default.temporaryDirectory
            .appendingPathComponent("vidrd-\(getpid())-\(UInt32.random(in: 0 ... .max)).features")
        let path = self.url.path
        if let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int, size > 0 {
            let old = try FeatureSet(self.url, allowPartial: true)
            guard old.header?.agrees(with: header) ?? false else {
                throw EvaluationError.featuresDoNotFit(
                    path: path, expected: "of \(header.rules.description)", found: "of \(old.header?.rules.description ?? "something else")")
            }
            count = old.count
            names = Set((0..<count).map(old.name))
        } else {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var bytes = [UInt8]((try? encoder.encode(header)) ?? Data())
            bytes += [UInt8](repeating: 0x20, count: Self.headerSize - 1 - bytes.count) + [0x0A]
            try? FileManager.default.createDirectory(
                at: self.url.deletingLastPathComponent(), withIntermediateDirectories: true)
            guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
                throw EvaluationError.unwritable(path: path, reason: "the file cannot be made; check the folder and the disk")
            }
        }
        do {
            let handle = try FileHandle(forUpdating: self.url)
            try handle.truncate(atOffset: UInt64(Self.headerSize + count * Self.recordSize))
            try handle.seekToEnd()
            self.handle = handle
        } catch {
            throw EvaluationError.unwritable(path: path, reason: "it cannot be opened for writing")
        }
    }

    deinit {
        try? handle?.close()
        if isTemporary { unlink(url.path) }
    }

    public func append(name: String, motion: MotionFigures, _ output: InflatedInception.Output) throws {
        var bytes = [UInt8](Self.shortened(name).utf8)
        bytes += [UInt8](repeating: 0, count: Self.nameSize - bytes.count)
        let numbers = ([motion.motion, motion.jitter] + motion.drift).map { Float($0) } + output.logits + output.pooled
        numbers.withUnsafeBytes { bytes += $0 }
        do {
            try handle?.write(contentsOf: bytes)
        } catch {
            throw EvaluationError.unwritable(path: url.path, reason: "the disk may be full; free some space and run it again")
        }
        names.insert(Self.shortened(name))
        count += 1
    }

    /// A name that fits a record.
    public static func shortened(_ name: String) -> String {
        guard name.utf8.count > nameSize else { return name }
        let mark = String(SplitMix.hash(name), radix: 36)
        var end = String(name.suffix(nameSize / 4))
        while end.utf8.count > nameSize - mark.utf8.count - 1 { end.removeFirst() }
        return mark + "~" + end
    }

    /// What has been written, mapped into memory.
    public func features() throws -> FeatureSet { try FeatureSet(url, allowPartial: true, owner: self) }
}

/// Features to be read: a `FeatureStore`'s file, or a weight file with a tensor `logits` [clips, 400] or `pooled`
/// [clips, 1024] that another program wrote.
public final class FeatureSet {
    public let header: FeatureHeader?
    public let count: Int
    private let file: FileBytes?
    private let tables: [ClipProtocol.Layer: Tensor]
    private let owner: FeatureStore?

    /// Throws `EvaluationError.damagedFeatures` or `CheckpointError`.
    public init(_ url: URL, allowPartial: Bool = false, owner: FeatureStore? = nil) throws {
        self.owner = owner
        let file = try FileBytes(url)
        let start = file.bytes(0, min(file.count, FeatureStore.headerSize)).map { Data($0) } ?? Data()
        guard let header = try? JSONDecoder().decode(FeatureHeader.self, from: start) else {
            let source = try WeightFile.open(url)
            var tables: [ClipProtocol.Layer: Tensor] = [:]
            for layer in ClipProtocol.Layer.allCases {
                guard let info = source.info(layer.rawValue), info.shape.count == 2, info.shape[1] == layer.width else { continue }
                tables[layer] = try source.tensor(layer.rawValue)
            }
            guard let count = tables.values.first?.shape[0], tables.values.allSatisfy({ $0.shape[0] == count }) else {
                throw EvaluationError.featuresDoNotFit(
                    path: url.path, expected: "a tensor 'logits' [clips, 400] or 'pooled' [clips, 1024]",
                    found: "tensors \(source.keys.prefix(4).joined(separator: ", "))")
            }
            (self.header, self.count, self.file, self.tables) = (nil, count, nil, tables)
            return
        }
        let body = file.count - FeatureStore.headerSize
        guard body >= 0, allowPartial || body % FeatureStore.recordSize == 0 else {
            throw EvaluationError.damagedFeatures(path: url.path, problem: "its last record is cut off")
        }
        (self.header, self.file, tables) = (header, file, [:])
        count = body / FeatureStore.recordSize
    }

    public func has(_ layer: ClipProtocol.Layer) -> Bool { file != nil || tables[layer] != nil }

    private func record(_ index: Int) -> UnsafeRawPointer {
        guard let file, let bytes = file.bytes(FeatureStore.headerSize + index * FeatureStore.recordSize, FeatureStore.recordSize),
            let base = bytes.baseAddress
        else { preconditionFailure("record \(index) of \(count)") }
        return base
    }

    /// Vector of a clip; valid as long as this object.
    public func row(_ index: Int, _ layer: ClipProtocol.Layer) -> UnsafePointer<Float> {
        if let table = tables[layer] { return UnsafePointer(table.pointer + index * layer.width) }
        let skipped = FeatureStore.figures + (layer == .logits ? 0 : InflatedInception.classes)
        return (record(index) + FeatureStore.nameSize).assumingMemoryBound(to: Float.self) + skipped
    }

    public func name(_ index: Int) -> String {
        guard file != nil else { return String(index) }
        let bytes = UnsafeRawBufferPointer(start: record(index), count: FeatureStore.nameSize)
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    public func motion(_ index: Int) -> MotionFigures? {
        guard file != nil else { return nil }
        let values = (record(index) + FeatureStore.nameSize).assumingMemoryBound(to: Float.self)
        return MotionFigures(motion: Double(values[0]), jitter: Double(values[1]), drift: (2..<5).map { Double(values[$0]) })
    }
}
