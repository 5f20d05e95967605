import Files
import Foundation
import Tensors

/// Writes safetensors files, tensor by tensor: only one is in memory at a time where sources read lazily.
public enum SafetensorsWriter {
    /// A tensor to be written, read when its turn comes.
    private struct Entry {
        let key: String
        let shape: [Int]
        let type: ElementType
        let content: Content
    }

    private enum Content {
        /// Numbers that become `.float32`, `.float16` or `.bfloat16`.
        case numbers(() throws -> Tensor)
        /// Elements in the entry's type.
        case stored(() throws -> [UInt8])
    }

    /// Writes tensors, all in one type: `.float32`, `.float16` or `.bfloat16`, rounded to nearest even.
    ///
    /// The file appears only when it is whole. Throws `FileError.unwritable`, and `.doesNotFit` where
    /// a finite value would become infinite in float16.
    public static func write(
        _ tensors: [String: Tensor], as type: ElementType, metadata: [String: String] = [:], to url: URL
    ) throws {
        try write(
            tensors.map { key, tensor in Entry(key: key, shape: tensor.shape, type: type, content: .numbers { tensor }) },
            metadata: metadata, to: url)
    }

    /// Writes all tensors of a source: floating point as `type`, one of the three above, whole numbers and masks as they are.
    ///
    /// Throws what reading them throws, and as above.
    public static func write(
        _ source: any WeightSource, as type: ElementType, metadata: [String: String] = [:], to url: URL
    ) throws {
        let entries = source.keys.compactMap(source.info).map { info in
            let key = info.key, isNumber = info.type.isFloatingPoint
            return Entry(
                key: key, shape: info.shape, type: isNumber ? type : info.type,
                content: isNumber ? .numbers { try source.tensor(key) } : .stored { try source.storedBytes(key) })
        }
        try write(entries, metadata: metadata, to: url)
    }

    /// Writes entries in the order of their names, as the reference implementation does for one type.
    private static func write(_ entries: [Entry], metadata: [String: String], to url: URL) throws {
        let sorted = entries.sorted { ($1.type.size, $0.key) < ($0.type.size, $1.key) }
        let file = try AtomicFile(url)
        try file.write(header(sorted, metadata))
        for entry in sorted {
            switch entry.content {
            case let .numbers(load):
                let tensor = try load()
                precondition(tensor.shape == entry.shape, "\(entry.key) was announced with another shape")
                try write(tensor, entry, to: file)
            case let .stored(load):
                let bytes = try load()
                precondition(bytes.count == entry.shape.reduce(entry.type.size, *), "\(entry.key) was announced with another shape")
                try bytes.withUnsafeBytes { try file.write($0) }
            }
        }
        try file.commit()
    }

    private static func header(_ entries: [Entry], _ metadata: [String: String]) -> Data {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(JSONFile.quoted($0.key)):\(JSONFile.quoted($0.value))" }
            members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for entry in entries {
            let end = offset + entry.shape.reduce(entry.type.size, *)
            let shape = entry.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(JSONFile.quoted(entry.key)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var json = Array("{\(members.joined(separator: ","))}".utf8)
        // Readers map the data: it begins at a multiple of eight.
        while json.count % 8 != 0 { json.append(0x20) }
        var head = Data()
        withUnsafeBytes(of: UInt64(json.count).littleEndian) { head.append(contentsOf: $0) }
        head.append(contentsOf: json)
        return head
    }

    private static func write(_ tensor: Tensor, _ entry: Entry, to file: AtomicFile) throws {
        precondition([.float32, .float16, .bfloat16].contains(entry.type), "numbers are not written as \(entry.type)")
        defer { withExtendedLifetime(tensor) {} }
        let values = UnsafeBufferPointer(start: UnsafePointer(tensor.pointer), count: tensor.count)
        guard entry.type != .float32 else {
            try file.write(UnsafeRawBufferPointer(values))
            return
        }
        let chunk = 1 << 18
        let converted = UnsafeMutableRawPointer.allocate(byteCount: chunk * entry.type.size, alignment: 16)
        defer { converted.deallocate() }
        for start in stride(from: 0, to: values.count, by: chunk) {
            let part = UnsafeBufferPointer(rebasing: values[start..<min(start + chunk, values.count)])
            guard let base = part.baseAddress else { break }
            // 65520 is the first value that rounds to infinity.
            if entry.type == .float16, let large = part.first(where: { abs($0) >= 65520 && $0.isFinite }) {
                throw CheckpointError.doesNotFit(file: file.path, key: entry.key, value: large, type: "float16")
            }
            ElementConversion.write(entry.type, from: base, count: part.count, into: converted)
            try file.write(UnsafeRawBufferPointer(start: converted, count: part.count * entry.type.size))
        }
    }
}
