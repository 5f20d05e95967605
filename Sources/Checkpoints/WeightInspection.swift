import Files
import Foundation

/// What weight files hold: the content of `vidrd inspect`.
public struct WeightInspection {
    /// One weight file, or several that an index joins.
    public struct Section {
        public let location: String
        public let layout: WeightLayout
        public let tensors: [TensorInfo]

        public var elementCount: Int { tensors.reduce(0) { $0 + $1.count } }
        public var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }

        init(_ source: any WeightSource) {
            location = source.location
            layout = .recognise(source)
            tensors = source.keys.compactMap(source.info)
        }
    }

    public let sections: [Section]
    /// Files that should hold weights and do not, each with its reason.
    public let problems: [String]

    /// Looks at a weight file, a model's folder, or a folder of models (two levels deep).
    ///
    /// Throws `CheckpointError` where `url` is a file that cannot be read, or nothing readable is found.
    public init(_ url: URL) throws {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        guard isFolder.boolValue else {
            sections = [Section(try WeightFile.open(url))]
            problems = []
            return
        }
        var sections: [Section] = []
        var problems: [String] = []
        Self.collect(url, depth: 2, &sections, &problems)
        guard !sections.isEmpty || !problems.isEmpty else {
            throw try ModelFolder(url).lacksWeights
        }
        self.sections = sections
        self.problems = problems
    }

    private static func collect(_ folder: URL, depth: Int, _ sections: inout [Section], _ problems: inout [String]) {
        func open(_ file: URL) {
            do {
                sections.append(Section(try WeightFile.open(file)))
            } catch {
                problems.append("\(error)")
            }
        }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        let indices = names.filter { $0.hasSuffix(".index.json") }
        if !indices.isEmpty {
            indices.forEach { open(folder.appendingPathComponent($0)) }
        } else {
            let endings = [".safetensors", ".bin", ".pth", ".pt", ".ckpt"]
            for name in names where endings.contains(where: name.hasSuffix) { open(folder.appendingPathComponent(name)) }
        }
        guard depth > 0 else { return }
        for name in names where !name.hasPrefix(".") {
            var isFolder: ObjCBool = false
            let url = folder.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
                collect(url, depth: depth - 1, &sections, &problems)
            }
        }
    }

    /// The report as text; with `tensors` false, without the list of tensors.
    public func report(tensors: Bool = true) -> String {
        var lines: [String] = []
        for section in sections {
            lines.append("\(section.location): \(section.layout)")
            if tensors {
                let shapes = section.tensors.map { "[\($0.shape.map(String.init).joined(separator: ", "))]" }
                let keyWidth = section.tensors.map(\.key.count).max() ?? 0
                let shapeWidth = shapes.map(\.count).max() ?? 0
                for (tensor, shape) in zip(section.tensors, shapes) {
                    lines.append(
                        "  " + tensor.key.padding(keyWidth) + "  " + shape.padding(shapeWidth) + "  "
                            + tensor.type.rawValue.padding(4) + "  " + ByteCount.text(tensor.byteCount))
                }
            }
            let types = Dictionary(grouping: section.tensors, by: \.type).mapValues(\.count)
                .sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
                .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
            lines.append(
                "  \(section.tensors.count) tensors (\(types)), \(Self.grouped(section.elementCount)) values, "
                    + ByteCount.text(section.byteCount))
        }
        if sections.count > 1 {
            let elements = sections.reduce(0) { $0 + $1.elementCount }, bytes = sections.reduce(0) { $0 + $1.byteCount }
            lines.append("in all \(sections.count) files, \(Self.grouped(elements)) values, \(ByteCount.text(bytes))")
        }
        return (lines + problems.map { "cannot be read: \($0)" }).joined(separator: "\n")
    }

    /// `1,182,000`.
    static func grouped(_ number: Int) -> String {
        var result = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return String(result.reversed())
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
