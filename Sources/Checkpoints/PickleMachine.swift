import Files

/// Runs the instructions of a pickle, protocols 0 to 5, as far as plain containers and tensors need them
/// (Python's `pickletools` documents the instructions). It cannot import or call anything: names are checked
/// against `PickleGlobals`, and an instruction that would build another object ends the reading.
struct PickleMachine {
    var graph = PickleGraph()
    private let file: FileBytes
    private let name: String
    private var position: Int
    private let end: Int
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    /// Elements that containers, shapes and encoded texts may yet take; a small file must not fill the memory.
    private var budget: Int

    /// Reads the pickle `offset..<offset + length` of a file.
    static func read(_ file: FileBytes, _ offset: Int, _ length: Int, name: String) throws -> PickleGraph {
        var machine = PickleMachine(file, offset, length, name)
        try machine.run()
        return machine.graph
    }

    private init(_ file: FileBytes, _ offset: Int, _ length: Int, _ name: String) {
        self.file = file
        self.name = name
        position = offset
        end = offset + length
        budget = 1 << 16 + 4 * length
    }

    func damaged(_ problem: String) -> CheckpointError { .damaged(file: file.name, problem: "in \(name): \(problem)") }

    func refused(_ global: String) -> CheckpointError { .refusedPickle(file: file.name, global: global) }

    mutating func sequence(_ elements: [PickleValue]) throws -> PickleValue {
        try spend(elements.count + 1)
        graph.sequences.append(elements)
        return .sequence(graph.sequences.count - 1)
    }

    mutating func mapping(_ pairs: [(key: PickleValue, value: PickleValue)]) throws -> PickleValue {
        try spend(pairs.count + 1)
        graph.mappings.append(pairs)
        return .mapping(graph.mappings.count - 1)
    }

    mutating func spend(_ count: Int) throws {
        budget -= count
        guard budget >= 0 else { throw damaged("more elements than the file can hold") }
    }

    // MARK: The bytes

    private mutating func take(_ count: Int) throws -> Int {
        guard count >= 0, count <= end - position else { throw damaged("the pickle ends early") }
        defer { position += count }
        return position
    }

    private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws -> Value {
        guard let value = file.integer(try take(MemoryLayout<Value>.size), as: type) else {
            throw damaged("the pickle ends early")
        }
        return value
    }

    private mutating func length<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws -> Int {
        guard let value = Int(exactly: try integer(type)), value >= 0 else { throw damaged("an impossible length") }
        return value
    }

    private mutating func string(_ length: Int) throws -> String {
        guard let text = file.text(try take(length), length) else { throw damaged("a string is not UTF-8") }
        return text
    }

    private mutating func line() throws -> String {
        let start = position
        while try integer(UInt8.self) != UInt8(ascii: "\n") {}
        guard let text = file.text(start, position - start - 1) else { throw damaged("a string is not UTF-8") }
        return text
    }

    /// A little-endian two's complement number of any length; those beyond 64 bits have no use here.
    private mutating func long(_ length: Int) throws -> PickleValue {
        let start = try take(length)
        guard length <= 8, let bytes = file.bytes(start, length) else { return .opaque }
        var value = Int64(bytes.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0)
        for byte in bytes.reversed() { value = value << 8 | Int64(byte) }
        return .int(Int(value))
    }

    // MARK: The stack

    private mutating func pop() throws -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw damaged("its stack is empty") }
        return value
    }

    private func top() throws -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw damaged("its stack is empty") }
        return value
    }

    private mutating func popMark() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw damaged("a mark is missing") }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private func pairs(_ values: [PickleValue]) throws -> [(key: PickleValue, value: PickleValue)] {
        guard values.count % 2 == 0 else { throw damaged("a key without a value") }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    private mutating func append(_ values: [PickleValue]) throws {
        guard case let .sequence(index) = try top() else { throw damaged("elements for something that is no list") }
        try spend(values.count)
        graph.sequences[index] += values
    }

    private mutating func insert(_ values: [PickleValue]) throws {
        let pairs = try pairs(values)
        guard case let .mapping(index) = try top() else { throw damaged("keys for something that is no dictionary") }
        try spend(pairs.count)
        graph.mappings[index] += pairs
    }

    /// State of an object: the attributes of a TorchScript module, the content of a numpy array; the `_metadata` of a
    /// state dictionary and the state of tensors are of no use here.
    private mutating func build(_ isScript: Bool) throws {
        let state = try pop()
        let target: Int
        switch try top() {
        case let .mapping(index): target = index
        case .tensor: return
        case let .numberType(index): return try complete(numberType: index, state)
        case let .array(index): return try complete(array: index, state)
        default: throw damaged("a state for something that is no plain object")
        }
        guard isScript, case let .mapping(source) = state, source != target else { return }
        try spend(graph.mappings[source].count)
        graph.mappings[target] += graph.mappings[source]
    }

    private mutating func global(_ module: String, _ member: String) throws -> PickleValue {
        let name = "\(module).\(member)"
        guard PickleGlobals.permits(name) else { throw refused(name) }
        return .global(name)
    }

    // MARK: The instructions

    private mutating func run() throws {
        var scriptObjects: Set<Int> = []
        while true {
            let instruction = try integer(UInt8.self)
            switch instruction {
            case 0x80:  // PROTO
                let version = try integer(UInt8.self)
                guard version <= 5 else { throw damaged("pickle protocol \(version) is unknown") }
            case 0x95: _ = try take(8)  // FRAME
            case UInt8(ascii: "."):
                graph.root = try pop()
                return
            case UInt8(ascii: "("): marks.append(stack.count)
            case UInt8(ascii: "0"): _ = try pop()
            case UInt8(ascii: "1"): _ = try popMark()
            case UInt8(ascii: "2"): stack.append(try top())

            case UInt8(ascii: "N"): stack.append(.none)
            case 0x88: stack.append(.bool(true))
            case 0x89: stack.append(.bool(false))
            case UInt8(ascii: "J"): stack.append(.int(Int(try integer(Int32.self))))
            case UInt8(ascii: "K"): stack.append(.int(Int(try integer(UInt8.self))))
            case UInt8(ascii: "M"): stack.append(.int(Int(try integer(UInt16.self))))
            case 0x8A: stack.append(try long(try length(UInt8.self)))
            case 0x8B: stack.append(try long(try length(Int32.self)))
            case UInt8(ascii: "I"), UInt8(ascii: "L"): stack.append(try decimal(try line()))
            case UInt8(ascii: "F"):
                guard let value = Double(try line()) else { throw damaged("a number is not one") }
                stack.append(.float(value))
            case UInt8(ascii: "G"):
                stack.append(.float(Double(bitPattern: UInt64(bigEndian: try integer(UInt64.self)))))

            case UInt8(ascii: "X"): stack.append(.string(try string(try length(UInt32.self))))
            case 0x8C: stack.append(.string(try string(try length(UInt8.self))))
            case 0x8D: stack.append(.string(try string(try length(UInt64.self))))
            case UInt8(ascii: "V"), UInt8(ascii: "S"): stack.append(.string(try line()))
            case UInt8(ascii: "T"), UInt8(ascii: "B"): try skip(try length(UInt32.self))
            case UInt8(ascii: "U"), UInt8(ascii: "C"): try skip(try length(UInt8.self))
            case 0x8E, 0x96: try skip(try length(UInt64.self))

            case UInt8(ascii: ")"), UInt8(ascii: "]"), 0x8F: stack.append(try sequence([]))
            case UInt8(ascii: "t"), UInt8(ascii: "l"), 0x91: stack.append(try sequence(try popMark()))
            case 0x85, 0x86, 0x87:  // TUPLE1 to TUPLE3
                var values: [PickleValue] = []
                for _ in 0...(instruction - 0x85) { values.append(try pop()) }
                stack.append(try sequence(values.reversed()))
            case UInt8(ascii: "a"): try append([try pop()])
            case UInt8(ascii: "e"), 0x90: try append(try popMark())
            case UInt8(ascii: "}"): stack.append(try mapping([]))
            case UInt8(ascii: "d"): stack.append(try mapping(try pairs(try popMark())))
            case UInt8(ascii: "s"):
                let value = try pop()
                try insert([try pop(), value])
            case UInt8(ascii: "u"): try insert(try popMark())

            case UInt8(ascii: "p"): try remember(try decimal(try line()).integer)
            case UInt8(ascii: "q"): try remember(Int(try integer(UInt8.self)))
            case UInt8(ascii: "r"): try remember(Int(try integer(UInt32.self)))
            case 0x94: try remember(memo.count)
            case UInt8(ascii: "g"): try recall(try decimal(try line()).integer)
            case UInt8(ascii: "h"): try recall(Int(try integer(UInt8.self)))
            case UInt8(ascii: "j"): try recall(Int(try integer(UInt32.self)))

            case UInt8(ascii: "c"):
                let module = try line()
                stack.append(try global(module, try line()))
            case 0x93:
                let member = try pop()
                guard let module = try pop().text, let member = member.text else { throw damaged("a name is no string") }
                stack.append(try global(module, member))
            case UInt8(ascii: "R"), 0x81:  // REDUCE, NEWOBJ
                let arguments = try pop()
                let callee = try pop()
                let result = try call(callee, arguments)
                if case let .mapping(index) = result, case let .global(name) = callee, PickleGlobals.isScriptClass(name) {
                    scriptObjects.insert(index)
                }
                stack.append(result)
            case UInt8(ascii: "b"):
                var isScript = false
                if stack.count >= 2, case let .mapping(index) = stack[stack.count - 2] {
                    isScript = scriptObjects.contains(index)
                }
                try build(isScript)
            case UInt8(ascii: "Q"): stack.append(try storage(try pop()))
            case UInt8(ascii: "i"):
                let module = try line()
                throw refused("\(module).\(try line())")
            default:
                throw damaged("instruction 0x\(String(instruction, radix: 16)) has no place in a file of tensors")
            }
        }
    }

    private mutating func skip(_ length: Int) throws {
        graph.blobs.append(.file(offset: try take(length), count: length))
        try spend(1)
        stack.append(.bytes(graph.blobs.count - 1))
    }

    private func decimal(_ text: String) throws -> PickleValue {
        if text == "00" { return .bool(false) }
        if text == "01" { return .bool(true) }
        let digits = text.hasSuffix("L") ? String(text.dropLast()) : text
        if let value = Int(digits) { return .int(value) }
        guard digits.count > 18, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "-") }) else {
            throw damaged("a number is not one")
        }
        return .opaque
    }

    private mutating func remember(_ index: Int?) throws {
        guard let index else { throw damaged("a memo index is not a number") }
        memo[index] = try top()
    }

    private mutating func recall(_ index: Int?) throws {
        guard let index, let value = memo[index] else { throw damaged("a memo entry is missing") }
        stack.append(value)
    }
}
