/// What a pickle of tensors can hold. Containers are indices into `PickleGraph`, not nested values: a file
/// may nest millions deep or in circles, and neither copying nor freeing must recurse into it.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    /// A permitted name; what may be done with it is decided in `PickleGlobals`.
    case global(String)
    /// Index into `PickleGraph.sequences`: list, tuple or set.
    case sequence(Int)
    /// Index into `PickleGraph.mappings`.
    case mapping(Int)
    /// Index into `PickleGraph.storages`.
    case storage(Int)
    /// Index into `PickleGraph.tensors`.
    case tensor(Int)
    /// Index into `PickleGraph.blobs`: a run of bytes.
    case bytes(Int)
    /// Index into `PickleGraph.numberTypes`: a numpy dtype.
    case numberType(Int)
    /// Index into `PickleGraph.arrays`: a numpy array, whose content comes with its state.
    case array(Int)
    /// Something harmless without use here: a long number, a device.
    case opaque

    var integer: Int? {
        if case let .int(value) = self { return value }
        return nil
    }

    var text: String? {
        if case let .string(value) = self { return value }
        return nil
    }
}

/// The containers and tensors of one pickle.
struct PickleGraph {
    /// A run of elements of one type: an entry of the archive, or bytes of the pickle itself.
    struct Storage {
        let key: String
        let type: ElementType
        let count: Int
        /// Index into `blobs` where the pickle holds the elements.
        var blob: Int?
    }

    /// A run of bytes: a place in the file, or what a text encodes.
    enum Blob {
        case file(offset: Int, count: Int)
        case made([UInt8])

        var count: Int {
            switch self {
            case let .file(_, count): return count
            case let .made(bytes): return bytes.count
            }
        }
    }

    /// A numpy dtype; its byte order comes with its state.
    struct NumberType {
        let type: ElementType
        var isBigEndian = false
    }

    /// A view of a storage.
    struct View {
        let storage: Int
        let offset: Int
        let shape: [Int]
        let strides: [Int]
    }

    var root: PickleValue = .none
    var sequences: [[PickleValue]] = []
    var mappings: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [Storage] = []
    var tensors: [View] = []
    var blobs: [Blob] = []
    var numberTypes: [NumberType] = []
    /// Index into `tensors` of a numpy array; nil until its state has come.
    var arrays: [Int?] = []

    func elements(_ value: PickleValue) -> [PickleValue]? {
        if case let .sequence(index) = value { return sequences[index] }
        return nil
    }

    func integers(_ value: PickleValue) -> [Int]? {
        guard let elements = elements(value) else { return nil }
        let numbers = elements.compactMap(\.integer)
        return numbers.count == elements.count ? numbers : nil
    }
}
