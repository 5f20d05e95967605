import Checkpoints
import Files
import Foundation
import Tensors

/// A number that tells contents apart: of weights, to know a model again, and of saved latents, to notice damage.
///
/// It guards against accidents and not against malice. Every step is a bijection of its lane, so contents that differ
/// in one word differ in their fingerprint, and two unrelated ones agree once in 2⁶⁴ times.
public struct Fingerprint {
    private var lanes: (UInt64, UInt64, UInt64, UInt64) = (
        0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344, 0xA409_3822_299F_31D0, 0x082E_FA98_EC4E_6C89)
    private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

    public init() {}

    /// Takes bytes in; their number counts too, so that pieces taken one by one are kept apart.
    public mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
        var (a, b, c, d) = lanes
        let blocks = bytes.count / 32
        if let base = bytes.baseAddress {
            for block in 0..<blocks {
                let place = base + 32 * block
                Self.mix(&a, place.loadUnaligned(as: UInt64.self))
                Self.mix(&b, place.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                Self.mix(&c, place.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                Self.mix(&d, place.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
            }
        }
        lanes = (a, b, c, d)
        for index in 32 * blocks..<bytes.count { Self.mix(&lanes.0, UInt64(bytes[index])) }
        Self.mix(&lanes.1, UInt64(bytes.count))
    }

    public mutating func absorb(_ text: String) { Array(text.utf8).withUnsafeBytes { absorb($0) } }

    public mutating func absorb(_ tensor: Tensor) {
        absorb(tensor.shape.description)
        withExtendedLifetime(tensor) {
            absorb(UnsafeRawBufferPointer(UnsafeBufferPointer(start: UnsafePointer(tensor.pointer), count: tensor.count)))
        }
    }

    /// Takes a file's contents in, piece by piece. Throws `FileError.unreadable`.
    public mutating func absorb(contentsOf file: URL) throws {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileError.reading(file.path)
        }
        defer { close(descriptor) }
        let piece = 1 << 20
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            var filled = 0
            while filled < piece {
                let count = read(descriptor, buffer.baseAddress! + filled, piece - filled)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else {
                    throw FileError.reading(file.path)
                }
                guard count > 0 else { break }
                filled += count
            }
            absorb(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
            if filled < piece { return }
        }
    }

    @inline(__always)
    private static func mix(_ lane: inout UInt64, _ word: UInt64) {
        lane = (lane ^ word) &* factor
        lane ^= lane >> 32
    }

    /// 16 hexadecimal digits.
    public var text: String {
        var all = lanes.0
        for lane in [lanes.1, lanes.2, lanes.3] { Self.mix(&all, lane) }
        let digits = String(all, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension ModelLayout {
    /// A fingerprint of everything in the model that decides its videos: weights, configurations, tokenizer and schedule.
    /// What lies in another layout or in another precision is another model.
    ///
    /// Reads all weight files once. Throws `CheckpointError`.
    public func fingerprint() throws -> String {
        var print = Fingerprint()
        for member in kind.members {
            switch member.content {
            case .network:
                let part = try part(of: member)
                print.absorb(member.name)
                for file in try [part.folder.configurationURL] + Self.files(of: part.weights().location) {
                    try print.absorb(contentsOf: file)
                }
            case .tokenizer:
                let folder = try folder(of: member)
                let vocabulary = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
                for name in vocabulary.sorted() where !name.hasPrefix(".") {
                    let file = folder.appendingPathComponent(name)
                    var isFolder: ObjCBool = false
                    guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
                    print.absorb(name)
                    try print.absorb(contentsOf: file)
                }
            case .file: try print.absorb(contentsOf: file(of: member))
            }
        }
        return print.text
    }

    /// The files that hold the weights that an opened source names.
    private static func files(of location: String) throws -> [URL] {
        let file = URL(fileURLWithPath: location)
        guard location.hasSuffix(".json") else { return [file] }
        let names = try Set(ShardedWeights.map(of: file).values).sorted()
        return [file] + names.map { file.deletingLastPathComponent().appendingPathComponent($0) }
    }
}
