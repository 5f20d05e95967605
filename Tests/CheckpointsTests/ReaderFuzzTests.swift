import Checkpoints
import Files
import Foundation
import Tensors
import Testing

/// Mutated weight files must be read or refused; nothing else may happen.
///
/// The long run: `VIDRD_FUZZ=200000 swift test -c release --sanitize=address --filter ReaderFuzz`.
@Suite struct ReaderFuzzTests {
    private static let count = ProcessInfo.processInfo.environment["VIDRD_FUZZ"].flatMap(Int.init) ?? 3000

    @Test(arguments: ["types.safetensors", "types.pth", "types_protocol4.pth", "nested.bin", "parameters.pt", "lightning.ckpt", "script.pt", "arrays.ckpt", "arrays_protocol2.ckpt"])
    func mutatedFilesAreReadOrRefused(name: String) throws {
        let original = try Fixture.bytes(name)
        var mutator = Mutator(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        let focus = mutator.interesting(original)
        var accepted = 0
        for _ in 0..<(Self.count / 8) {
            accepted += try readOrRefuse(mutator.mutate(original, focus: focus)) ? 1 : 0
        }
        #expect(accepted < Self.count / 8, "mutations are noticed")
    }

    @Test func randomPicklesAreReadOrRefused() throws {
        var mutator = Mutator(seed: 11)
        for _ in 0..<(Self.count / 8) {
            let archive = ZipBytes.archive([("x/data.pkl", mutator.pickle()), ("x/data/0", [UInt8](repeating: 1, count: 64))])
            _ = try readOrRefuse(archive)
        }
    }

    /// Whether the bytes were read; an error other than `CheckpointError` is the test's failure.
    private func readOrRefuse(_ bytes: [UInt8]) throws -> Bool {
        let file = FileBytes(bytes, name: "mutated")
        do {
            let source: any WeightSource
            switch bytes.first {
            case 0x50: source = try TorchArchive(file)
            case 0x80: source = try PickleFile(file)
            default: source = try SafetensorsFile(file)
            }
            for key in source.keys {
                let tensor = try source.tensor(key)
                #expect(tensor.count <= max(1 << 20, bytes.count * 4))
                #expect(try source.storedBytes(key).count == source.info(key)?.byteCount)
            }
            return true
        } catch is CheckpointError {
            return false
        }
    }
}

/// Seeded mutations of files.
struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }

    /// Where the structure lies: the header, or the pickle and the directory. Mutations fall there half the time.
    func interesting(_ bytes: [UInt8]) -> [Range<Int>] {
        if bytes.first != 0x50 { return [0..<min(bytes.count, 900)] }
        let text = bytes.withUnsafeBufferPointer { Array($0) }
        let pickle = (0..<(text.count - 2)).first { text[$0] == 0x80 && (2...5).contains(text[$0 + 1]) } ?? 0
        let end = (pickle..<(text.count - 4)).first { text[$0] == 0x50 && text[$0 + 1] == 0x4B && $0 > pickle } ?? text.count
        let directory = (0..<(text.count - 4)).first { Array(text[$0..<($0 + 4)]) == [0x50, 0x4B, 1, 2] } ?? 0
        return [pickle..<end, directory..<bytes.count]
    }

    mutating func mutate(_ original: [UInt8], focus: [Range<Int>]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(4) where !bytes.isEmpty {
            let range = below(2) == 0 || focus.isEmpty ? 0..<bytes.count : focus[below(focus.count)].clamped(to: 0..<bytes.count)
            let place = range.lowerBound + below(range.count)
            switch below(9) {
            case 0: bytes[place % bytes.count] ^= 1 << UInt8(below(8))
            case 1: bytes[place % bytes.count] = UInt8(truncatingIfNeeded: next())
            case 2: bytes[place % bytes.count] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x7B, 0x30, 0x39][below(9)]
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(8)))
            case 4: bytes.insert(contentsOf: (0...below(8)).map { _ in UInt8(truncatingIfNeeded: next()) }, at: place)
            case 5:  // an extreme number of one, two, four or eight bytes
                let value = [0, 1, UInt64.max, 1 << 31, 1 << 63, 1 << 32, 0x7FFF_FFFF, UInt64(bytes.count)][below(8)]
                for offset in 0..<(1 << below(4)) where place + offset < bytes.count {
                    bytes[place + offset] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(offset)))
                }
            case 6:  // a piece of the file at another place
                let from = below(bytes.count)
                let piece = Array(bytes[from..<min(bytes.count, from + 1 + below(32))])
                if below(2) == 0 { bytes.insert(contentsOf: piece, at: place) } else {
                    for (offset, byte) in piece.enumerated() where place + offset < bytes.count { bytes[place + offset] = byte }
                }
            case 7:  // digits, which headers are made of
                if let digit = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) {
                    bytes[digit] = 0x30 + UInt8(below(10))
                    if below(4) == 0 { bytes.insert(contentsOf: [UInt8](repeating: 0x39, count: below(24)), at: digit) }
                }
            default: if below(4) == 0 { bytes.removeSubrange(place...) }
            }
        }
        return bytes
    }

    /// A pickle of instructions that fit together more often than chance.
    mutating func pickle() -> [UInt8] {
        var bytes: [UInt8] = []
        let parts: [[UInt8]] = [
            "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_parameter\n", "ccollections\nOrderedDict\n",
            "cnumpy.core.multiarray\n_reconstruct\n", "cnumpy\nndarray\n", "cnumpy\ndtype\n", "c_codecs\nencode\n",
            "ctorch\nFloatStorage\n", "ctorch\nSize\n", "c__torch__.m\nM\n", "cos\nsystem\n", "ctorch\nHalfStorage\n",
            "(", "(", "t", "t", "]", "}", ")", "N", "a", "e", "u", "s", "R", "Q", "b", "0", "1", "2", "d", "l", ".", "I7\n", "L99999999999999999999L\n",
        ].map { Array($0.utf8) } + [
            [0x85], [0x86], [0x87], [0x88], [0x81], [0x8F], [0x90], [0x94], [0x93], [0x8A, 1, 5], [0x8A, 9] + [UInt8](repeating: 1, count: 9),
            [0x58, 1, 0, 0, 0, 0x30], [0x58, 7, 0, 0, 0] + Array("storage".utf8), [0x58, 3, 0, 0, 0] + Array("cpu".utf8),
            [0x4A, 0xFF, 0xFF, 0xFF, 0x7F], [0x4A, 0xFF, 0xFF, 0xFF, 0xFF],
        ]
        let tensor: [UInt8] = Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8) + [0x58, 7, 0, 0, 0] + Array("storagectorch\nFloatStorage\n".utf8)
            + [0x58, 1, 0, 0, 0, 0x30, 0x58, 3, 0, 0, 0] + Array("cpu".utf8)
        for _ in 0...below(40) {
            switch below(12) {
            case 0: bytes += [0x4B, UInt8(below(20))]
            case 1: bytes += [0x71, UInt8(below(6))]
            case 2: bytes += [0x68, UInt8(below(6))]
            case 3:
                func small() -> [UInt8] { [0x4B, UInt8(below(12))] }
                bytes += tensor + small() + Array("tQ".utf8) + small() + Array("(".utf8) + small() + small() + Array("t(".utf8)
                bytes += small() + small() + Array("tI00\nNtR".utf8)
            default: bytes += parts[below(parts.count)]
            }
        }
        return bytes + [0x2E]
    }
}
