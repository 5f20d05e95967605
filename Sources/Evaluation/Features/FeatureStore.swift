import Checkpoints
import Files
import Foundation
import Tensors

/// What a file of features says about itself.
public struct FeatureHeader: Codable, Equatable, Sendable {
    public var format = "vidrd features 1"
    public var rules: ClipProtocol
    /// Which network: a digest of its weights.
    public var weights: String
    /// Whose features they are: the folder of videos; nil where nobody says.
    public var source: String?

    public init(rules: ClipProtocol, weights: String) {
        (self.rules, self.weights) = (rules, weights)
    }

    enum CodingKeys: String, CodingKey { case format, rules = "protocol", weights, source }

    /// Throws `EvaluationError.featuresDoNotFit` where these features, those of the file `path`, are another function of a
    /// video than those that are wanted, or of other videos.
    func check(against wanted: FeatureHeader, path: String) throws {
        var (own, other) = (rules, wanted.rules)
        // Both layers are kept, and another limit is another choice from the same features.
        (own.layer, other.layer) = (.logits, .logits)
        (own.limit, other.limit) = (nil, nil)
        // The seed says where clips begin that begin anywhere.
        if own.start != .random { (own.seed, other.seed) = (0, 0) }
        func differ(_ found: String, _ expected: String) -> EvaluationError {
            .featuresDoNotFit(path: path, expected: "those \(expected)", found: found)
        }
        if own != other { throw differ("of \(rules.description)", "of \(wanted.rules.description)") }
        if weights != wanted.weights { throw differ("of a network with other weights (\(weights))", "of \(wanted.weights)") }
        if let asked = wanted.source, source != asked {
            throw differ("of \(source.map { "the videos under '\($0)'" } ?? "videos that it does not name")", "of '\(asked)'")
        }
    }
}

/// Features on disk, one record of fixed size after another, so that thousands of videos cost no memory and a stopped
/// run keeps what it has.
///
/// A header of 4,096 bytes (JSON and spaces), then for each clip: name (248 bytes of UTF-8, zeros at the end), stamp of the
/// video (uint64, 0 where nobody asks), motion, jitter, three of drift (float32), 400 logits, 1,024 pooled features
/// (float32), all little-endian. Of several records of a name the last counts.
public final class FeatureStore {
    static let headerSize = 4096, nameSize = 248, stampSize = 8, figures = 5
    static let floats = figures + InflatedInception.classes + InflatedInception.features
    static let recordSize = nameSize + stampSize + 4 * floats

    public let url: URL
    private let isTemporary: Bool
    private var handle: FileHandle?
    /// The stamps of the clips that are there already.
    private var stamps: [String: UInt64] = [:]
    /// Names that are there already.
    public var names: some Collection<String> { stamps.keys }

    /// Opens a file to append to, or makes it; a record that was cut off by a stop is dropped.
    ///
    /// - Parameter url: nil for a temporary file that goes with this object.
    public init(_ url: URL?, header: FeatureHeader) throws {
        isTemporary = url == nil
        self.url = url ?? FileManager.default.temporaryDirectory
            .appendingPathComponent("vidrd-\(getpid())-\(UInt32.random(in: 0 ... .max)).features")
        let path = self.url.path
        var records = 0
        if let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int, size > 0 {
            let old = try FeatureSet(self.url, allowPartial: true)
            guard let found = old.header else {
                throw EvaluationError.featuresDoNotFit(path: path, expected: "those of this program", found: "another program's")
            }
            try found.check(against: header, path: path)
            records = old.records
            for index in 0..<old.count { stamps[old.name(index)] = old.stamp(index) }
        } else {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var bytes = [UInt8]((try? encoder.encode(header)) ?? Data())
            bytes += [UInt8](repeating: 0x20, count: Self.headerSize - 1 - bytes.count) + [0x0A]
            let file = try AtomicFile(self.url)
            try file.write(Data(bytes))
            try file.commit()
        }
        do {
            let handle = try FileHandle(forUpdating: self.url)
            try handle.truncate(atOffset: UInt64(Self.headerSize + records * Self.recordSize))
            try handle.seekToEnd()
            self.handle = handle
        } catch {
            throw FilePath.systemError(error, writing: path)
        }
    }

    deinit {
        try? handle?.close()
        if isTemporary { unlink(url.path) }
    }

    /// Whether a clip is there, and of a video that had the same stamp.
    func has(_ name: String, stamp: UInt64) -> Bool { stamps[Self.shortened(name)] == stamp }

    /// - Parameter stamp: says whether the video has changed since; 0 where nobody asks.
    public func append(name: String, stamp: UInt64 = 0, motion: MotionFigures, _ output: InflatedInception.Output) throws {
        let name = Self.shortened(name)
        var bytes = [UInt8](name.utf8)
        bytes += [UInt8](repeating: 0, count: Self.nameSize - bytes.count)
        withUnsafeBytes(of: stamp.littleEndian) { bytes += $0 }
        let numbers = ([motion.motion, motion.jitter] + motion.drift).map { Float($0) } + output.logits + output.pooled
        numbers.withUnsafeBytes { bytes += $0 }
        do {
            try handle?.write(contentsOf: bytes)
        } catch {
            throw FilePath.systemError(error, writing: url.path)
        }
        stamps[name] = stamp
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
    /// Records in the file.
    let records: Int
    /// Those of them that count, in their order.
    private let rows: [Int]
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
            (self.header, records, rows, self.file, self.tables) = (nil, count, Array(0..<count), nil, tables)
            return
        }
        let body = file.count - FeatureStore.headerSize
        guard body >= 0, allowPartial || body % FeatureStore.recordSize == 0 else {
            throw EvaluationError.damagedFeatures(path: url.path, problem: "its last record is cut off")
        }
        let records = body / FeatureStore.recordSize
        var last: [String: Int] = [:]
        for record in 0..<records { last[Self.name(record, file)] = record }
        (self.header, self.records, rows, self.file, tables) = (header, records, last.values.sorted(), file, [:])
    }

    private init(_ set: FeatureSet, _ rows: [Int]) {
        (header, records, file, tables, owner) = (set.header, set.records, set.file, set.tables, set.owner)
        self.rows = rows
    }

    public var count: Int { rows.count }

    /// The clips at some places, in this order.
    func picked(_ places: some Sequence<Int>) -> FeatureSet { FeatureSet(self, places.map { rows[$0] }) }

    /// The clips of some names, in this order; names that are not there are left out.
    func picked(named names: [String]) -> FeatureSet {
        let places = Dictionary(uniqueKeysWithValues: (0..<count).map { (name($0), $0) })
        return picked(names.compactMap { places[FeatureStore.shortened($0)] })
    }

    public func has(_ layer: ClipProtocol.Layer) -> Bool { file != nil || tables[layer] != nil }

    private static func record(_ index: Int, _ file: FileBytes) -> UnsafeRawPointer {
        guard let bytes = file.bytes(FeatureStore.headerSize + index * FeatureStore.recordSize, FeatureStore.recordSize),
            let base = bytes.baseAddress
        else { preconditionFailure("record \(index) of a file of \(file.count) bytes") }
        return base
    }

    private static func name(_ record: Int, _ file: FileBytes) -> String {
        let bytes = UnsafeRawBufferPointer(start: Self.record(record, file), count: FeatureStore.nameSize)
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Vector of a clip; valid as long as this object.
    public func row(_ index: Int, _ layer: ClipProtocol.Layer) -> UnsafePointer<Float> {
        if let table = tables[layer] { return UnsafePointer(table.pointer + rows[index] * layer.width) }
        guard let figures = figures(index) else { preconditionFailure("these features have no \(layer.rawValue)") }
        return figures + FeatureStore.figures + (layer == .logits ? 0 : InflatedInception.classes)
    }

    public func name(_ index: Int) -> String { file.map { Self.name(rows[index], $0) } ?? String(rows[index]) }

    /// See `FeatureStore.append`.
    func stamp(_ index: Int) -> UInt64 {
        guard let file else { return 0 }
        return UInt64(littleEndian: (Self.record(rows[index], file) + FeatureStore.nameSize).loadUnaligned(as: UInt64.self))
    }

    /// The numbers of a record; nil where another program wrote them.
    private func figures(_ index: Int) -> UnsafePointer<Float>? {
        guard let file else { return nil }
        return (Self.record(rows[index], file) + FeatureStore.nameSize + FeatureStore.stampSize).assumingMemoryBound(to: Float.self)
    }

    public func motion(_ index: Int) -> MotionFigures? {
        guard let values = figures(index) else { return nil }
        return MotionFigures(motion: Double(values[0]), jitter: Double(values[1]), drift: (2..<5).map { Double(values[$0]) })
    }
}
