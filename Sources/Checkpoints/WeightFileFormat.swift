import Files
import Foundation

/// What a file is, told from its first bytes.
public enum WeightFileFormat: Equatable, Sendable {
    case safetensors
    /// A zip archive: what `torch.save` has written since PyTorch 1.6.
    case torchArchive
    /// A pickle by itself: numpy arrays in dictionaries, as JAX programs leave them.
    case pickle
    /// Something that is no weight file; the text says what, and what to do.
    case foreign(String)

    static func of(_ file: FileBytes) -> WeightFileFormat {
        if file.count == 0 { return .foreign("the file is empty") }
        if let problem = file.pointerProblem { return .foreign(problem) }
        if file.hasPrefix([0x50, 0x4B, 0x03, 0x04]) { return .torchArchive }
        if file.hasPrefix([0x50, 0x4B, 0x05, 0x06]) { return .foreign("this is an empty zip archive, not the weights") }
        let claimed = file.integer(0, as: UInt64.self) ?? .max
        if claimed <= UInt64(SafetensorsHeader.maximumLength), file.hasPrefix("{".utf8, at: 8) { return .safetensors }
        if file.hasPrefix("GGUF".utf8) { return .foreign("this is a GGUF file; only safetensors and torch archives are read") }
        if file.hasPrefix([0x89, 0x48, 0x44, 0x46]) {
            return .foreign("this is an HDF5 file; only safetensors and torch archives are read")
        }
        if file.hasPrefix([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46]) {
            return .foreign(
                "this torch file has the format from before PyTorch 1.6; load it with torch and torch.save it again")
        }
        if file.hasPrefix([0x80]), let version = file.integer(1, as: UInt8.self), (2...5).contains(version) {
            return .pickle
        }
        if file.hasPrefix("{".utf8, at: 8) || claimed <= UInt64(SafetensorsHeader.maximumLength) {
            let isZero = file.bytes(0, min(file.count, 512))?.allSatisfy { $0 == 0 } ?? false
            return isZero ? .foreign("the file begins with zeros: an unfinished download?") : .safetensors
        }
        let start = String(decoding: file.bytes(0, min(file.count, 64)) ?? .init(start: nil, count: 0), as: UTF8.self)
            .lowercased().drop(while: \.isWhitespace)
        if start.hasPrefix("<!doctype") || start.hasPrefix("<html") {
            return .foreign("this is a web page, not the weights; the download went wrong")
        }
        if start.hasPrefix("{") {
            return .foreign("this is JSON, not the weights")
        }
        return .foreign("this is neither a safetensors file nor a torch archive")
    }

    func require(_ wanted: WeightFileFormat, _ file: FileBytes) throws {
        if case let .foreign(text) = self { throw CheckpointError.notWeights(file: file.name, found: text) }
        guard self == wanted else {
            let names: [WeightFileFormat: String] = [
                .safetensors: "a safetensors file", .torchArchive: "a torch archive", .pickle: "a pickle of arrays",
            ]
            throw CheckpointError.notWeights(
                file: file.name, found: "this is \(names[self] ?? "another file"), where \(names[wanted] ?? "") is expected")
        }
    }
}

extension WeightFileFormat: Hashable {}
