/// Finds the tensors of a pickle and names each by the path that leads to it.
enum TensorPaths {
    /// Paths to indices of `PickleGraph.tensors`.
    static func find(in graph: PickleGraph, file: String) throws -> [String: Int] {
        var walk = Walk(graph: graph, file: file)
        var start = graph.root
        if case let .mapping(index) = start,
            let wrapped = graph.mappings[index].last(where: { $0.key.text == "state_dict" }),
            case .mapping = wrapped.value {
            start = wrapped.value
        }
        try walk.visit(start, "", depth: 0)
        return walk.found
    }

    private struct Walk {
        let graph: PickleGraph
        let file: String
        var found: [String: Int] = [:]
        /// Containers may hold one another many times over, or in circles.
        var visits = 0
        let maximumVisits: Int
        static let maximumDepth = 64
        static let maximumLength = 4096

        init(graph: PickleGraph, file: String) {
            self.graph = graph
            self.file = file
            let size = graph.sequences.reduce(0) { $0 + $1.count } + graph.mappings.reduce(0) { $0 + $1.count }
            maximumVisits = 1 << 16 + 4 * size
        }

        mutating func visit(_ value: PickleValue, _ path: String, depth: Int) throws {
            visits += 1
            guard visits <= maximumVisits, depth <= Self.maximumDepth else {
                throw CheckpointError.damaged(file: file, problem: "its containers hold each other in circles")
            }
            guard path.utf8.count <= Self.maximumLength else {
                throw CheckpointError.damaged(file: file, problem: "a tensor's path is longer than \(Self.maximumLength) bytes")
            }
            switch value {
            case let .array(array):
                if let index = graph.arrays[array] { try visit(.tensor(index), path, depth: depth) }
            case let .tensor(index):
                let name = path.isEmpty ? "tensor" : path
                guard found.updateValue(index, forKey: name) == nil else {
                    throw CheckpointError.damaged(file: file, problem: "two tensors have the path \(name)")
                }
            case let .mapping(index):
                var last: [String: PickleValue] = [:]
                var order: [String] = []
                for (key, element) in graph.mappings[index] {
                    guard let name = key.text ?? key.integer.map(String.init) else { continue }
                    // A key that is set again replaces the first, as in Python.
                    if last.updateValue(element, forKey: name) == nil { order.append(name) }
                }
                for name in order {
                    if let element = last[name] { try visit(element, join(path, name), depth: depth + 1) }
                }
            case let .sequence(index):
                for (position, element) in graph.sequences[index].enumerated() {
                    try visit(element, join(path, String(position)), depth: depth + 1)
                }
            default:
                break
            }
        }

        private func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    }
}
