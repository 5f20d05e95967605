/// numpy's arrays in a pickle: `_reconstruct` makes an empty one and its state brings shape, type and bytes
/// (numpy's `ndarray.__reduce__`); protocol 5 calls `_frombuffer` with all of it at once.
extension PickleMachine {
    mutating func numpyCall(_ name: String, _ values: [PickleValue]) throws -> PickleValue {
        if name == "numpy.dtype" {
            guard let code = values.first?.text, let type = Self.types[code] else {
                throw damaged("a numpy array of elements that are no plain numbers")
            }
            graph.numberTypes.append(.init(type: type))
            return .numberType(graph.numberTypes.count - 1)
        }
        graph.arrays.append(nil)
        let array = graph.arrays.count - 1
        if name.hasSuffix("._reconstruct") {
            guard case .global("numpy.ndarray")? = values.first else { throw refused(name) }
        } else {
            guard values.count == 4 else { throw damaged("a numpy array is not described as numpy does it") }
            try fill(array, shape: values[2], type: values[1], isFortran: values[3].text == "F", content: values[0])
        }
        return .array(array)
    }

    /// The state of a dtype: version, byte order, and fields that plain numbers do not have.
    mutating func complete(numberType index: Int, _ state: PickleValue) throws {
        guard let fields = graph.elements(state), fields.count >= 2, let order = fields[1].text else {
            throw damaged("a numpy type is not described as numpy does it")
        }
        graph.numberTypes[index].isBigEndian = order == ">"
    }

    /// The state of an array: version, shape, type, whether columns come first, bytes.
    mutating func complete(array index: Int, _ state: PickleValue) throws {
        guard let fields = graph.elements(state), fields.count == 5, case let .bool(isFortran) = fields[3] else {
            throw damaged("a numpy array is not described as numpy does it")
        }
        try fill(index, shape: fields[1], type: fields[2], isFortran: isFortran, content: fields[4])
    }

    private mutating func fill(
        _ array: Int, shape: PickleValue, type: PickleValue, isFortran: Bool, content: PickleValue
    ) throws {
        guard let shape = graph.integers(shape), case let .numberType(index) = type, case let .bytes(blob) = content else {
            throw damaged("a numpy array is not described as numpy does it")
        }
        let type = graph.numberTypes[index]
        guard type.type.size == 1 || !type.isBigEndian else {
            throw damaged("a numpy array holds big-endian numbers; save it as little-endian")
        }
        let found = graph.blobs[blob].count
        guard shape.count <= 32, checkedByteCount(shape, type.type) == found else {
            throw damaged("a numpy array of shape \(shape) has \(found) bytes")
        }
        var strides = [Int](repeating: 1, count: shape.count), step = 1
        for axis in isFortran ? Array(shape.indices) : shape.indices.reversed() {
            strides[axis] = step
            step = step &* shape[axis]
        }
        graph.storages.append(.init(key: "", type: type.type, count: found / type.type.size, blob: blob))
        graph.tensors.append(.init(storage: graph.storages.count - 1, offset: 0, shape: shape, strides: strides))
        graph.arrays[array] = graph.tensors.count - 1
    }

    /// `_codecs.encode(text, "latin1")`: how protocols up to 2 carry bytes.
    mutating func encoded(_ values: [PickleValue]) throws -> PickleValue {
        guard let text = values.first?.text, values.count < 2 || values[1].text == "latin1" else { return .opaque }
        // A memo may give one text to any number of calls.
        try spend(text.utf8.count)
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { return .opaque }
            bytes.append(byte)
        }
        graph.blobs.append(.made(bytes))
        return .bytes(graph.blobs.count - 1)
    }

    private static let types: [String: ElementType] = [
        "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
        "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
    ]
}
