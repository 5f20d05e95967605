/// The names a pickle may use, and what using them does here. Nothing is looked up or run: each is a case of
/// this file.
enum PickleGlobals {
    /// Whether a pickle may mention `name` (`module.member`) at all.
    static func permits(_ name: String) -> Bool {
        callable.contains(name) || storageTypes[name] != nil || plain.contains(name) || isScriptClass(name)
            || mentionable.contains { name.hasPrefix($0) }
    }

    /// Classes of TorchScript modules: taken as plain records of their attributes.
    static func isScriptClass(_ name: String) -> Bool { name.hasPrefix("__torch__.") }

    /// Types behind the storages of torch.
    static let storageTypes: [String: ElementType] = [
        "torch.DoubleStorage": .float64, "torch.FloatStorage": .float32, "torch.HalfStorage": .float16,
        "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
        "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8,
        "torch.BoolStorage": .bool, "torch.ComplexFloatStorage": .complex64,
        "torch.storage.UntypedStorage": .uint8, "torch.UntypedStorage": .uint8,
    ]

    static let rebuildFunctions: Set<String> = [
        "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor", "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state", "torch._tensor._rebuild_from_type_v2",
    ]

    /// What numpy's arrays are made with: `PickleNumpy.swift`.
    static let numpyCallable: Set<String> = [
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "numpy.dtype",
        "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
    ]

    private static let callable: Set<String> = rebuildFunctions.union([
        "collections.OrderedDict", "torch.Size", "torch.device", "_codecs.encode",
        "builtins.set", "__builtin__.set",
        "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_tensorlist",
        "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
        "torch.jit._pickle.restore_type_tag",
    ]).union(numpyCallable)

    /// Types that stand as values: a dtype in a metadata field.
    private static let plain: Set<String> = Set(
        [
            "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
            "complex64", "Tensor", "nn.parameter.Parameter", "strided", "contiguous_format",
        ].map { "torch.\($0)" } + ["numpy.ndarray"])

    /// Modules whose classes Lightning checkpoints name as keys; mentioning a class makes nothing of it.
    private static let mentionable = ["pytorch_lightning.", "lightning."]
}

extension PickleMachine {
    /// What `callee(*arguments)` gives. Throws for everything that is not a tensor or a plain container.
    mutating func call(_ callee: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
        guard case let .global(name) = callee, let values = graph.elements(arguments) else {
            throw damaged("a call of something that is no function")
        }
        switch name {
        case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
            return try view(values)
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
            guard case let .tensor(index)? = values.first else { throw damaged("a parameter without a tensor") }
            return .tensor(index)
        case "torch._tensor._rebuild_from_type_v2":
            guard values.count >= 3, case let .global(inner) = values[0],
                PickleGlobals.rebuildFunctions.contains(inner), inner != name
            else { throw refused(name) }
            return try call(values[0], values[2])
        case "collections.OrderedDict":
            return try orderedDictionary(values)
        case "torch.Size", "builtins.set", "__builtin__.set",
            "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_tensorlist",
            "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
            "torch.jit._pickle.restore_type_tag":
            guard let first = values.first else { return try sequence([]) }
            return first
        case "torch.device":
            return .opaque
        case "_codecs.encode":
            return try encoded(values)
        case _ where PickleGlobals.numpyCallable.contains(name):
            return try numpyCall(name, values)
        default:
            guard PickleGlobals.isScriptClass(name), values.isEmpty else { throw refused(name) }
            return try mapping([])
        }
    }

    /// `("storage", type, key, device, count)`, torch's persistent identifier.
    mutating func storage(_ identifier: PickleValue) throws -> PickleValue {
        guard let fields = graph.elements(identifier), fields.count >= 5, fields[0].text == "storage",
            case let .global(name) = fields[1], let key = fields[2].text, let count = fields[4].integer, count >= 0
        else { throw damaged("a storage is not described as torch does it") }
        guard let type = PickleGlobals.storageTypes[name] else { throw refused(name) }
        graph.storages.append(.init(key: key, type: type, count: count))
        return .storage(graph.storages.count - 1)
    }

    private mutating func view(_ values: [PickleValue]) throws -> PickleValue {
        guard values.count >= 4, case let .storage(index) = values[0], let offset = values[1].integer,
            let shape = graph.integers(values[2]), let strides = graph.integers(values[3]),
            shape.count == strides.count, offset >= 0
        else { throw damaged("a tensor is not described as torch does it") }
        let storage = graph.storages[index]
        guard checkedByteCount(shape, storage.type) != nil else {
            throw damaged("a tensor has shape \(shape), whose size overflows")
        }
        var last = offset
        for (size, stride) in zip(shape, strides) where size > 0 {
            let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflowSum) = last.addingReportingOverflow(reach)
            guard stride >= 0, !overflow, !overflowSum else {
                throw damaged("a tensor has strides \(strides), which lead outside its storage")
            }
            last = sum
        }
        let count = shape.reduce(1, *)
        guard count == 0 || last < storage.count else {
            throw damaged("a tensor of shape \(shape) leads outside its storage of \(storage.count) elements")
        }
        // An expanded tensor repeats its storage with strides of zero: a few bytes could ask for any memory.
        guard count <= max(storage.count, 1 << 20) else {
            throw damaged("a tensor of shape \(shape) repeats a storage of only \(storage.count) elements")
        }
        // A memo may give one shape to any number of tensors.
        try spend(shape.count)
        graph.tensors.append(.init(storage: index, offset: offset, shape: shape, strides: strides))
        return .tensor(graph.tensors.count - 1)
    }

    private mutating func orderedDictionary(_ values: [PickleValue]) throws -> PickleValue {
        guard let first = values.first else { return try mapping([]) }
        if case let .mapping(index) = first { return try mapping(graph.mappings[index]) }
        guard let items = graph.elements(first) else { throw damaged("an OrderedDict of something else than pairs") }
        var pairs: [(key: PickleValue, value: PickleValue)] = []
        for item in items {
            guard let pair = graph.elements(item), pair.count == 2 else {
                throw damaged("an OrderedDict of something else than pairs")
            }
            pairs.append((pair[0], pair[1]))
        }
        return try mapping(pairs)
    }
}
