import Files

/// The head of a safetensors file: eight bytes of length, then JSON that names each tensor's type, shape
/// and byte range (format: https://huggingface.co/docs/safetensors).
///
/// Checked as the reference implementation checks it: the ranges must cover the data without gap or overlap.
struct SafetensorsHeader {
    struct Entry {
        let info: TensorInfo
        /// Where the elements begin, from the start of the file.
        let offset: Int
    }

    let entries: [String: Entry]
    let metadata: [String: String]

    /// The reference implementation's limit; longer headers are not believed.
    static let maximumLength = 100_000_000

    init(_ file: FileBytes) throws {
        func damaged(_ problem: String) -> CheckpointError { .damaged(file: file.name, problem: problem) }
        guard let length = file.integer(0, as: UInt64.self) else {
            throw damaged("\(file.count) bytes are too few for a safetensors file")
        }
        guard length <= UInt64(Self.maximumLength), Int(length) <= file.count - 8 else {
            throw damaged("its header claims \(length) bytes and the file has \(file.count)")
        }
        guard let header = file.bytes(8, Int(length)) else { throw damaged("its header lies outside the file") }
        let parsed: StrictJSON
        do {
            parsed = try StrictJSON.parse(header)
        } catch let problem as StrictJSON.Problem {
            throw damaged("its header is no valid JSON at byte \(problem.offset + 8): \(problem.text)")
        }
        guard case let .object(members) = parsed else { throw damaged("its header is not a JSON object") }

        let dataStart = 8 + Int(length)
        var entries: [String: Entry] = [:]
        var metadata: [String: String] = [:]
        var sawMetadata = false
        for (key, value) in members {
            if key == "__metadata__" {
                guard !sawMetadata else { throw damaged("its header holds __metadata__ twice") }
                sawMetadata = true
                guard case let .object(pairs) = value else { throw damaged("__metadata__ is not an object") }
                for (name, text) in pairs {
                    guard case let .string(text) = text else { throw damaged("metadata \(name) is not a string") }
                    metadata[name] = text
                }
                continue
            }
            let entry = try Self.entry(key, value, dataStart: dataStart, fileCount: file.count, damaged)
            guard entries.updateValue(entry, forKey: key) == nil else {
                throw damaged("its header holds tensor \(key) twice")
            }
        }
        try Self.checkCoverage(entries, from: dataStart, to: file.count, damaged)
        self.entries = entries
        self.metadata = metadata
    }

    private static func entry(
        _ key: String, _ value: StrictJSON, dataStart: Int, fileCount: Int, _ damaged: (String) -> CheckpointError
    ) throws -> Entry {
        guard case let .object(fields) = value else { throw damaged("tensor \(key) is not described by an object") }
        var type: ElementType?, shape: [Int]?, range: (Int, Int)?
        var seen: Set<String> = []
        for (name, field) in fields {
            guard seen.insert(name).inserted else { throw damaged("tensor \(key) states its \(name) twice") }
            switch (name, field) {
            case let ("dtype", .string(text)):
                type = ElementType(rawValue: text)
                if type == nil { throw damaged("tensor \(key) has the unknown type \(text)") }
            case let ("shape", .array(sizes)):
                shape = naturals(sizes)
            case let ("data_offsets", .array(ends)):
                if let ends = naturals(ends), ends.count == 2 { range = (ends[0], ends[1]) }
            default:
                throw damaged("tensor \(key) has an unexpected field \(name)")
            }
        }
        guard let type, let shape, let range else {
            throw damaged("tensor \(key) lacks a valid dtype, shape or data_offsets")
        }
        guard let byteCount = checkedByteCount(shape, type) else {
            throw damaged("tensor \(key) has shape \(shape), whose size overflows")
        }
        guard range.0 <= range.1, range.1 <= fileCount - dataStart else {
            throw damaged(
                "tensor \(key) lies at bytes \(range.0) to \(range.1) of the data, "
                    + "which has \(fileCount - dataStart)")
        }
        guard range.1 - range.0 == byteCount else {
            throw damaged(
                "tensor \(key) with shape \(shape) of \(type.rawValue) needs \(byteCount) bytes "
                    + "and its offsets give it \(range.1 - range.0)")
        }
        return Entry(info: TensorInfo(key: key, shape: shape, type: type), offset: dataStart + range.0)
    }

    private static func checkCoverage(
        _ entries: [String: Entry], from start: Int, to end: Int, _ damaged: (String) -> CheckpointError
    ) throws {
        var covered = start
        var previous = ""
        for entry in entries.values.sorted(by: { ($0.offset, $0.info.byteCount) < ($1.offset, $1.info.byteCount) }) {
            let key = entry.info.key
            if entry.offset < covered { throw damaged("tensors \(previous) and \(key) overlap") }
            if entry.offset > covered {
                throw damaged("\(entry.offset - covered) bytes before tensor \(key) belong to no tensor")
            }
            covered += entry.info.byteCount
            previous = key
        }
        if covered < end { throw damaged("its last \(end - covered) bytes belong to no tensor") }
    }

    private static func naturals(_ values: [StrictJSON]) -> [Int]? {
        var numbers: [Int] = []
        for value in values {
            guard case let .natural(number) = value else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}

/// Bytes of a tensor, or nil where a number on the way does not fit: sizes come from files and may lie.
func checkedByteCount(_ shape: [Int], _ type: ElementType) -> Int? {
    var total = type.size
    for size in shape {
        let (product, overflow) = total.multipliedReportingOverflow(by: size)
        if overflow || size < 0 { return nil }
        total = product
    }
    return total
}
