import Checkpoints
import Files
import Foundation
import Tensors

/// The files of a run's folder that hold pieces: float32 safetensors, each with a fingerprint of what it holds.
///
///     clip-00001.safetensors     latents of the first piece, and what it was told
///     state-00001.safetensors    what it hands on
///     clip-1-00001.safetensors   the first piece of level 1, and so on
///     clip-00002.claim           a lock, while somebody makes the second piece
enum PieceFile {
    enum Kind: String, CaseIterable { case clip, state, claim }

    private static let latentsKey = "latents", toldPrefix = "told.", checksumKey = "fingerprint", generatorKey = "generator"
    private static let suffix = ".safetensors", claimSuffix = ".claim"

    // MARK: Names

    static func name(_ kind: Kind, of piece: PieceID) -> String {
        let digits = String(piece.index + 1), level = piece.level == 0 ? "" : "\(piece.level)-"
        let number = level + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return kind == .claim ? "\(Kind.clip)-\(number)\(claimSuffix)" : "\(kind)-\(number)\(suffix)"
    }

    /// The piece that a file is of; nil for other names.
    static func piece(of name: String, _ kind: Kind) -> PieceID? {
        let prefix = kind == .claim ? "\(Kind.clip)-" : "\(kind)-", suffix = kind == .claim ? claimSuffix : suffix
        guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.utf8.count > prefix.utf8.count + suffix.utf8.count else { return nil }
        let parts = name.dropFirst(prefix.count).dropLast(suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let number = parts.last.flatMap({ Int($0) }), (1...1 << 29).contains(number)
        else { return nil }
        let level = parts.count == 2 ? Int(parts[0]) : 0
        guard let level, PieceID.levels.contains(level) else { return nil }
        let piece = PieceID(number - 1, level: level)
        return Self.name(kind, of: piece) == name ? piece : nil
    }

    /// Whether a file holds something of a piece, and does not just keep others away from it.
    static func isKept(_ name: String) -> Bool { piece(of: name, .clip) != nil || piece(of: name, .state) != nil }

    static func isOne(_ name: String) -> Bool { Kind.allCases.contains { piece(of: name, $0) != nil } }

    // MARK: Contents

    /// Writes a piece without its carry. Throws `FileError.unwritable`.
    static func write(_ piece: Piece, to url: URL) throws {
        var tensors = [latentsKey: piece.latents]
        for (name, tensor) in piece.told { tensors[toldPrefix + name] = tensor }
        try write(tensors, [:], to: url)
    }

    /// Throws `RunError.damaged`.
    static func piece(_ url: URL) throws -> Piece {
        var (tensors, _) = try read(url)
        guard let latents = tensors.removeValue(forKey: latentsKey), tensors.keys.allSatisfy({ $0.hasPrefix(toldPrefix) }) else {
            throw RunError.damaged(file: url.path, problem: "it does not hold the latents of a clip")
        }
        let told = tensors.map { (String($0.key.dropFirst(toldPrefix.count)), $0.value) }
        return Piece(latents: latents, told: Dictionary(uniqueKeysWithValues: told))
    }

    /// Throws `FileError.unwritable`.
    static func write(_ carry: PieceCarry, to url: URL) throws {
        let tensors = carry.tensors.enumerated().map { (String($0.offset + 1), $0.element) }
        var metadata: [String: String] = [:]
        if let generator = carry.generator {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            metadata[generatorKey] = String(decoding: try encoder.encode(generator), as: UTF8.self)
        }
        try write(Dictionary(uniqueKeysWithValues: tensors), metadata, to: url)
    }

    /// Throws `RunError.damaged`.
    static func carry(_ url: URL) throws -> PieceCarry {
        let (tensors, metadata) = try read(url)
        let generator = try metadata[generatorKey].map { text in
            guard let found = try? JSONDecoder().decode(TorchGenerator.self, from: Data(text.utf8)) else {
                throw RunError.damaged(file: url.path, problem: "it does not say where the random numbers stand")
            }
            return found
        }
        let ordered = (0..<tensors.count).compactMap { tensors[String($0 + 1)] }
        guard ordered.count == tensors.count else {
            throw RunError.damaged(file: url.path, problem: "it does not hold the latents of a clip's steps")
        }
        return PieceCarry(tensors: ordered, generator: generator)
    }

    private static func write(_ tensors: [String: Tensor], _ metadata: [String: String], to url: URL) throws {
        var metadata = metadata
        metadata[checksumKey] = fingerprint(tensors, metadata)
        try SafetensorsWriter.write(tensors, as: .float32, metadata: metadata, to: url)
    }

    private static func read(_ url: URL) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
        guard FilePath.exists(url.path) else { throw RunError.damaged(file: url.path, problem: RunError.missing) }
        do {
            let file = try SafetensorsFile(url)
            var metadata = file.metadata
            let stated = metadata.removeValue(forKey: checksumKey)
            let tensors = try Dictionary(uniqueKeysWithValues: file.keys.map { ($0, try file.tensor($0)) })
            guard stated == fingerprint(tensors, metadata) else {
                throw RunError.damaged(file: url.path, problem: "its contents are not those that were saved")
            }
            return (tensors, metadata)
        } catch let error as CheckpointError {
            switch error {
            case let .damaged(_, problem): throw RunError.damaged(file: url.path, problem: problem)
            default: throw RunError.damaged(file: url.path, problem: "it is no safetensors file of this program")
            }
        } catch let error as FileError {
            throw RunError.damaged(file: url.path, problem: error.reason)
        }
    }

    private static func fingerprint(_ tensors: [String: Tensor], _ metadata: [String: String]) -> String {
        var print = Fingerprint()
        for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            print.absorb(key)
            print.absorb(tensor)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            print.absorb(key)
            print.absorb(value)
        }
        return print.text
    }
}
