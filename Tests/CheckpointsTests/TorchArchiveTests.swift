import Checkpoints
import Files
import Foundation
import Tensors
import Testing

@Suite struct TorchArchiveTests {
    @Test(arguments: ["types.pth", "types_protocol4.pth"])
    func readsTypesAndViews(name: String) throws {
        let file = try TorchArchive(Fixture.url(name))
        #expect(file.keys.count == 19)
        #expect(file.info("f16")?.type == .float16)
        #expect(file.info("transposed")?.shape == [5, 6])
        try expectEqual(file, toExpected: "types.")
    }

    @Test func readsParameters() throws {
        let file = try TorchArchive(Fixture.url("parameters.pt"))
        #expect(file.keys.count == 7)
        try expectEqual(file, toExpected: "types.")
    }

    @Test func namesTensorsByTheirPath() throws {
        let file = try TorchArchive(Fixture.url("nested.bin"))
        #expect(file.keys == ["a.0", "a.1.b", "c.0"])
        try expectEqual(file, toExpected: "nested.")
    }

    @Test(arguments: ["module.pth", "lightning.ckpt", "script.pt"])
    func readsStateDictionariesHoweverWrapped(name: String) throws {
        let file = try TorchArchive(Fixture.url(name))
        #expect(
            file.keys == [
                "0.bias", "0.weight", "1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var", "1.weight",
            ])
        try expectEqual(file, toExpected: "module.")
    }

    @Test func aPickleThatWantsToRunCodeIsRefusedAndNamed() {
        let message = Fixture.message { _ = try WeightFile.open(Fixture.url("harmful.pth")) }
        #expect(message.contains("its pickle asks for __builtin__.eval, which is neither a tensor nor a plain container"))
    }

    @Test(arguments: [
        ("cos\nsystem\n(S'true'\ntR.", "os.system"),
        ("\u{8C}\u{2}os\u{8C}\u{6}system\u{93}.", "os.system"),
        ("(S'true'\nios\nsystem\n.", "os.system"),
        ("cpytorch_lightning.x\nY\n)R.", "pytorch_lightning.x.Y"),
        ("c__torch__.x\nY\n(K\u{1}tR.", "__torch__.x.Y"),
        ("ctorch._tensor\n_rebuild_from_type_v2\n(ccollections\nOrderedDict\nN)NtR.", "_rebuild_from_type_v2"),
    ])
    func harmfulInstructionsAreRefused(pickle: String, name: String) {
        let message = Fixture.message { _ = try TorchArchive(archive(pickle: latin1(pickle))) }
        #expect(message.contains("asks for"), "\(message)")
        #expect(message.contains(name), "\(message)")
    }

    @Test(arguments: [
        ("", "the pickle ends early"),
        ("}", "the pickle ends early"),
        (".", "its stack is empty"),
        ("K\u{1}s.", "its stack is empty"),
        ("t.", "a mark is missing"),
        ("h\u{7}.", "a memo entry is missing"),
        ("X\u{FF}\u{FF}\u{FF}\u{7F}abc.", "the pickle ends early"),
        ("]q\0h\0a.", "hold each other in circles"),
        ("\u{80}\u{9}.", "protocol 9 is unknown"),
        ("Zoo.", "instruction 0x5a"),
        ("I12x\n.", "a number is not one"),
    ])
    func damagedPicklesAreRefused(pickle: String, expected: String) {
        let message = Fixture.message { _ = try TorchArchive(archive(pickle: latin1(pickle))) }
        #expect(message.contains(expected), "\(message)")
    }

    @Test func deepAndRepeatedContainersAreRefusedWithoutRecursionOrGrowth() {
        // A million lists inside each other.
        let deep = [UInt8](repeating: UInt8(ascii: "]"), count: 1_000_000)
            + [UInt8](repeating: UInt8(ascii: "a"), count: 999_999) + Array(".".utf8)
        #expect(Fixture.message { _ = try TorchArchive(archive(pickle: deep)) }.contains("hold each other in circles"))
        // Sixty lists, each holding the one before it twice: 2⁶⁰ paths.
        var wide = latin1("]q\0")
        for index in UInt8(1)...60 {
            wide += [UInt8(ascii: "]"), UInt8(ascii: "q"), index]
            for _ in 0..<2 { wide += [UInt8(ascii: "h"), index - 1, UInt8(ascii: "a")] }
        }
        #expect(
            Fixture.message { _ = try TorchArchive(archive(pickle: wide + Array(".".utf8))) }
                .contains("hold each other in circles"))
    }

    /// What a memo holds costs two bytes to use again, and may be large: a text that becomes bytes, the shape of a tensor.
    @Test func repeatedTextsAndShapesAreRefusedWithoutGrowth() {
        let text = latin1("c_codecs\nencode\nq\0X") + [0xA0, 0x86, 1, 0] + [UInt8](repeating: 0x61, count: 100_000) + latin1("q\u{1}")
        let encode = latin1("h\0h\u{1}\u{85}R0")
        let shape = latin1("ctorch._utils\n_rebuild_tensor_v2\nq\0(X\u{7}\0\0\0storagectorch\nFloatStorage\nX\u{1}\0\0\00X\u{3}\0\0\0cpuK\u{4}tQq\u{1}(")
            + [[UInt8]](repeating: [0x4B, 1], count: 50_000).flatMap { $0 } + latin1("tq\u{2}")
        let rebuild = latin1("h\0(h\u{1}K\0h\u{2}h\u{2}tR0")
        for (start, call) in [(text, encode), (shape, rebuild)] {
            let pickle = start + [[UInt8]](repeating: call, count: 1000).flatMap { $0 } + latin1("}.")
            #expect(
                Fixture.message { _ = try TorchArchive(archive(pickle: pickle, storage: [UInt8](repeating: 0, count: 16))) }
                    .contains("in data.pkl: more elements than the file can hold"))
        }
    }

    @Test(arguments: [
        ("K\0(K\u{2}K\u{2}t(K\u{2}K\u{1}t", "no error"),
        ("K\u{1}(K\u{2}K\u{2}t(K\u{2}K\u{1}t", "leads outside its storage of 4 elements"),
        ("K\0(K\u{2}K\u{2}t(K\u{3}K\u{1}t", "leads outside its storage"),
        ("K\0(K\u{4}K\u{1}t(J\u{FF}\u{FF}\u{FF}\u{FF}K\u{1}t", "strides"),
        ("J\u{FF}\u{FF}\u{FF}\u{FF}(K\u{1}t(K\u{1}t", "not described as torch does it"),
        ("K\0(K\u{2}t(K\u{2}K\u{1}t", "not described as torch does it"),
        ("K\0(J\0\0\0\u{7F}J\0\0\0\u{7F}t(K\0K\0t", "whose size overflows"),
        ("K\0(J\0\0\0\u{7F}t(K\0t", "repeats a storage of only 4 elements"),
    ])
    func viewsThatLeadOutsideAreRefused(view: String, expected: String) {
        let pickle = "}X\u{1}\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nK\u{4}tQ"
        let fixed = pickle.replacingOccurrences(of: "S'storage'\n", with: "X\u{7}\0\0\0storage")
            .replacingOccurrences(of: "S'0'\n", with: "X\u{1}\0\0\00").replacingOccurrences(of: "S'cpu'\n", with: "X\u{3}\0\0\0cpu")
        let message = Fixture.message {
            let file = try TorchArchive(archive(pickle: latin1(fixed + view + "I00\nNtRs."), storage: [UInt8](repeating: 0, count: 16)))
            #expect(try file.tensor("w").values == [0, 0, 0, 0])
        }
        #expect(message.contains(expected), "\(message)")
    }

    @Test func aStorageShorterThanItsTensorIsRefused() {
        let message = Fixture.message {
            let pickle = "}X\u{1}\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\u{7}\0\0\0storagectorch\nFloatStorage\n"
                + "X\u{1}\0\0\00X\u{3}\0\0\0cpuK\u{4}tQK\0(K\u{4}t(K\u{1}tI00\nNtRs."
            let file = try TorchArchive(archive(pickle: latin1(pickle), storage: [0, 0, 0, 0]))
            _ = try file.tensor("w")
        }
        #expect(message.contains("x/data/0, which holds tensor w, is missing or too short"))
    }

    @Test func otherArchivesAreRefused() throws {
        #expect(Fixture.message { _ = try TorchArchive(Fixture.url("compressed.pth")) }.contains("is compressed"))
        let other = ZipBytes.archive([("readme.txt", Array("hello".utf8))])
        #expect(Fixture.message { _ = try TorchArchive(FileBytes(other, name: "z")) }.contains("without one data.pkl"))
        let big = ZipBytes.archive([("x/data.pkl", Array("}.".utf8)), ("x/byteorder", Array("big".utf8))])
        #expect(Fixture.message { _ = try TorchArchive(FileBytes(big, name: "z")) }.contains("big-endian"))
        let legacy: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20]
        #expect(Fixture.message { _ = try TorchArchive(FileBytes(legacy, name: "z")) }.contains("before PyTorch 1.6"))
    }

    @Test func anArchiveCutAtAnyByteIsRefused() throws {
        let whole = try Fixture.bytes("nested.bin")
        for count in 0..<whole.count {
            #expect(throws: CheckpointError.self) { try TorchArchive(FileBytes(Array(whole.prefix(count)), name: "cut")) }
        }
    }

    /// The published trio's files; sums by `sum(v.double().sum() for v in torch.load(f).values())`.
    @Test(arguments: [
        ("ModelT2V.pth", 1201, 4_923_217, 13740.389084907998),
        ("vae_finetuned/diffusion_pytorch_model.bin", 388, 1_681_543, 4352.384193147194),
        ("stable-diffusion-2-1-base/unet/diffusion_pytorch_model.bin", 684, 2_446_788, 5568.360975290283),
        ("stable-diffusion-2-1-base/text_encoder/pytorch_model.bin", 53, 1_609_293, 3112.1447044198108),
    ])
    func publishedFilesGiveTorchsValues(path: String, count: Int, elements: Int, sum: Double) throws {
        let url = try Fixture.shared("parity/vidrd/\(path)")
        let file = try TorchArchive(url)
        #expect(file.keys.count == count)
        #expect(file.keys.reduce(0) { $0 + (file.info($1)?.count ?? 0) } == elements)
        var found = 0.0
        for key in file.keys { for value in try file.tensor(key).values { found += Double(value) } }
        #expect(abs(found - sum) < 1e-6)
    }

    private func archive(pickle: [UInt8], storage: [UInt8] = []) -> FileBytes {
        FileBytes(ZipBytes.archive([("x/data.pkl", pickle), ("x/data/0", storage)]), name: "x.pth")
    }

    /// One byte for each character.
    private func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
