import Checkpoints
import Files
import Foundation
import Tensors
import Testing

@Suite struct SafetensorsTests {
    @Test func readsEveryTypeThatTheReferenceWrites() throws {
        let file = try SafetensorsFile(Fixture.url("types.safetensors"))
        #expect(file.keys.count == 12)
        #expect(file.metadata == ["made by": "safetensors"])
        #expect(file.info("bf16") == TensorInfo(key: "bf16", shape: [2, 3, 4], type: .bfloat16))
        #expect(file.info("scalar")?.shape == [])
        let stored = file.keys.compactMap(file.info).reduce(0) { $0 + $1.byteCount }
        #expect(stored == 24 * 4 + 24 * 2 * 2 + 24 * 8 + 4 * 8 + 2 * 4 + 2 * 2 + 2 + 2 + 3 + 4)
        try expectEqual(file, toExpected: "types.")
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let values: [Float] = [0, -0.0, 1, -2.5, 65504, 6e-8, 1e-5, 0.1, 1 / 3, 2048.5]
        let tensors = ["a": Tensor(values, [2, 5]), "b.weight": Tensor([3], []), "none": Tensor([], [0, 4])]
        try Fixture.withFolder { folder in
            let url = folder.appendingPathComponent("new/model.safetensors")
            for type in [ElementType.float32, .float16, .bfloat16] {
                try SafetensorsWriter.write(tensors, as: type, metadata: ["a \"quoted\"\n": "\\ü\u{1}"], to: url)
                let file = try SafetensorsFile(url)
                #expect(file.keys == ["a", "b.weight", "none"])
                #expect(file.metadata == ["a \"quoted\"\n": "\\ü\u{1}"])
                #expect(file.info("a") == TensorInfo(key: "a", shape: [2, 5], type: type))
                let rounded: [Float] = switch type {
                case .float16: values.map { ElementConversion.float(half: ElementConversion.half($0)) }
                case .bfloat16: values.map { ElementConversion.float(bfloat16: ElementConversion.bfloat16($0)) }
                default: values
                }
                #expect(try file.tensor("a").values.map(\.bitPattern) == rounded.map(\.bitPattern))
                let bytes = try Data(contentsOf: url)
                #expect(bytes[0] % 8 == 0, "the data begins at a multiple of eight")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path).count == 1)
        }
    }

    @Test func wholeNumbersAndMasksKeepTheirType() throws {
        let original = try SafetensorsFile(Fixture.url("types.safetensors"))
        try Fixture.withFolder { folder in
            let url = folder.appendingPathComponent("m.safetensors")
            try SafetensorsWriter.write(original, as: .bfloat16, to: url)
            let file = try SafetensorsFile(url)
            for key in ["i64", "i32", "i16", "i8", "u8", "bool"] {
                #expect(file.info(key)?.type == original.info(key)?.type)
                #expect(try file.tensor(key).values == original.tensor(key).values)
            }
            #expect(file.info("f64")?.type == .bfloat16 && file.info("f32")?.type == .bfloat16)
        }
    }

    @Test func aValueThatHalfPrecisionCannotHoldIsRefusedAndLeavesNoFile() throws {
        try Fixture.withFolder { folder in
            let url = folder.appendingPathComponent("m.safetensors")
            let message = Fixture.message {
                try SafetensorsWriter.write(["x": Tensor([1, 70000], [2])], as: .float16, to: url)
            }
            #expect(message.contains("tensor x holds 70000.0, which float16 cannot hold"))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.isEmpty)
        }
    }

    /// No float has these values, and the writer has no unsigned types.
    @Test func wholeNumbersAreCopiedToTheBit() throws {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        let values: [(key: String, type: String, bytes: [UInt8])] = [
            ("i64", "I64", bytes(Int64(1) << 53 + 1)), ("u64", "U64", bytes(UInt64.max - 1)), ("i32", "I32", bytes(-Int32(1) << 24 - 1)),
            ("u32", "U32", bytes(UInt32.max - 1)), ("u16", "U16", bytes(UInt16.max - 1)), ("bool", "BOOL", [1]),
        ]
        var entries: [String] = [], data: [UInt8] = []
        for value in values {
            entries.append(
                #""\#(value.key)":{"dtype":"\#(value.type)","shape":[1],"data_offsets":[\#(data.count),\#(data.count + value.bytes.count)]}"#)
            data += value.bytes
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        let original = try SafetensorsFile(FileBytes(bytes(UInt64(header.count)) + header + data, name: "m"))
        try Fixture.withFolder { folder in
            let url = folder.appendingPathComponent("m.safetensors")
            try SafetensorsWriter.write(RenamedWeights(original) { "a.\($0)" }, as: .float16, to: url)
            let file = try SafetensorsFile(url)
            for value in values {
                #expect(file.info("a.\(value.key)")?.type.rawValue == value.type)
                #expect(try file.storedBytes("a.\(value.key)") == value.bytes, "\(value.key)")
            }
        }
    }

    @Test func anUnwritablePlaceIsNamed() throws {
        func message(_ path: String) -> String {
            Fixture.message { try SafetensorsWriter.write(["x": Tensor([1], [1])], as: .float32, to: URL(fileURLWithPath: path)) }
        }
        #expect(message("/proc/none/x") == "cannot write '/proc/none/x': No such file or directory")
        #expect(message("/dev/null/x") == "cannot write '/dev/null': it is a file; a folder is needed here")
        #expect(message("/dev/null/none/x") == "cannot write '/dev/null': it is a file; a folder is needed here")
        let folder = URL(fileURLWithPath: "/dev/null/none")
        #expect(
            Fixture.message { try FileManager.default.makeFolder(folder) }
                == "cannot write '/dev/null': it is a file; a folder is needed here")
        try Fixture.withFolder { folder in
            for _ in 0..<2 { try FileManager.default.makeFolder(folder.appendingPathComponent("a/b")) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
        }
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8, "no error"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}"#, 8, "lies at bytes 0 to 12 of the data, which has 8"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "lies at bytes 8 to 0"),
        (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "needs 12 bytes and its offsets give it 8"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            12, "tensors a and b overlap"
        ),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "4 bytes before tensor a belong to no tensor"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "its last 4 bytes belong to no tensor"),
        (
            #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, 8,
            "shape [4294967296, 4294967296], whose size overflows"
        ),
        (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "lacks a valid dtype, shape or data_offsets"),
        (#"{"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}"#, 8, "unknown type F99"),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8, "tensor a twice"
        ),
        (#"{"a":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#, 8, "states its dtype twice"),
        (#"{"a":1}"#, 0, "is not described by an object"),
        (#"[1]        "#, 0, "neither a safetensors file"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, 8, "no valid JSON at byte"),
        (#"{"__metadata__":{"x":1}}"#, 0, "metadata x is not a string"),
        (#"{}"#, 0, "no error"),
    ])
    func headersThatLieAreRefused(json: String, dataCount: Int, expected: String) {
        let length = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Array($0) }
        let bytes = length + Array(json.utf8) + [UInt8](repeating: 0, count: dataCount)
        let message = Fixture.message { _ = try SafetensorsFile(FileBytes(bytes, name: "m.safetensors")) }
        if json.hasPrefix("[") {
            #expect(message.contains("its header is not a JSON object"))
        } else {
            #expect(message.contains(expected))
        }
        if expected != "no error" { #expect(message.hasPrefix("m.safetensors")) }
    }

    @Test func aFileCutAtAnyByteIsRefused() throws {
        let whole = try Fixture.bytes("types.safetensors")
        for count in 0..<whole.count {
            #expect(throws: CheckpointError.self) {
                try SafetensorsFile(FileBytes(Array(whole.prefix(count)), name: "cut"))
            }
        }
        let longer = whole + [0]
        #expect(throws: CheckpointError.self) { try SafetensorsFile(FileBytes(longer, name: "longer")) }
    }

    @Test func aHeaderLongerThanTheFileIsRefused() {
        let length = withUnsafeBytes(of: UInt64(1 << 40).littleEndian) { Array($0) }
        let message = Fixture.message { _ = try SafetensorsFile(FileBytes(length + Array("{}".utf8), name: "long")) }
        #expect(message.contains("its header claims 1099511627776 bytes and the file has 10"))
    }

    @Test(arguments: [
        ("", "the file is empty"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n", "this is a Git LFS pointer, not the file; run"),
        ("<!DOCTYPE html><html>", "this is a web page, not the weights"),
        ("GGUF\u{3}\0\0\0 and more", "this is a GGUF file"),
        ("{\"a\": [1, 2, 3, 4, 5]}", "this is JSON, not the weights"),
        ("just some words", "neither a safetensors file nor a torch archive"),
        (String(repeating: "\0", count: 600), "begins with zeros"),
    ])
    func foreignFilesAreNamed(content: String, expected: String) throws {
        try Fixture.withFolder { folder in
            let url = folder.appendingPathComponent("model.safetensors")
            try Data(content.utf8).write(to: url)
            let message = Fixture.message { _ = try WeightFile.open(url) }
            #expect(message.contains(expected))
            #expect(message.contains("model.safetensors"))
        }
    }

    @Test func missingFilesAndTensorsAreNamed() throws {
        #expect(
            Fixture.message { _ = try SafetensorsFile(URL(fileURLWithPath: "/none/m.safetensors")) }
                == "cannot read '/none/m.safetensors': No such file or directory")
        let file = try SafetensorsFile(Fixture.url("types.safetensors"))
        #expect(Fixture.message { _ = try file.tensor("bf17") }.hasSuffix("holds no tensor bf17; nearest names: bf16, f16"))
    }
}
