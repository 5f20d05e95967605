import ArgumentParser
import Checkpoints
import Diffusion
import Foundation
import Generation

/// Readers of option values. What they refuse comes with what is allowed.
enum OptionValues {
    /// A whole number within a range.
    static func whole(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
        { text in
            guard let value = Int(text), range.contains(value) else {
                let end = range.upperBound == .max ? "" : " to \(range.upperBound)"
                throw ValidationError("allowed are whole numbers from \(range.lowerBound)\(end)")
            }
            return value
        }
    }

    static func whole(from least: Int) -> @Sendable (String) throws -> Int { whole(least...Int.max) }

    /// A number within a range.
    static func number(_ range: ClosedRange<Double>) -> @Sendable (String) throws -> Double {
        { text in
            guard let value = Double(text), range.contains(value) else {
                throw ValidationError("allowed are numbers from \(plain(range.lowerBound)) to \(plain(range.upperBound))")
            }
            return value
        }
    }

    /// A number above 0 and up to a limit.
    static func positive(upTo most: Double) -> @Sendable (String) throws -> Double {
        { text in
            guard let value = Double(text), value > 0, value <= most else {
                throw ValidationError("allowed are numbers above 0 and up to \(plain(most))")
            }
            return value
        }
    }

    /// A factor of a loss or of a rate: 0 does without.
    @Sendable static func weight(_ text: String) throws -> Float { Float(try number(0...1000)(text)) }

    /// A part of a whole.
    @Sendable static func share(_ text: String) throws -> Float { Float(try number(0...1)(text)) }

    /// How closely prompts are followed.
    static let guidance = number(0...100)

    @Sendable static func seed(_ text: String) throws -> UInt64 {
        guard let value = UInt64(text) else {
            throw ValidationError("allowed are whole numbers from 0 to \(UInt64.max)")
        }
        return value
    }

    @Sendable static func method(_ text: String) throws -> String {
        let known = ModelKind.methods.map { $0.name }
        guard known.contains(text) else { throw ValidationError("allowed are \(known.joined(separator: ", "))") }
        return text
    }

    @Sendable static func sampler(_ text: String) throws -> SamplerKind {
        do {
            return try SamplerKind(name: text)
        } catch {
            throw ValidationError("allowed are \(SamplerKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    @Sendable static func order(_ text: String) throws -> ReuseOrder {
        guard let order = ReuseOrder(rawValue: text) else { throw ValidationError("allowed are forward and reversed") }
        return order
    }

    @Sendable static func elementType(_ text: String) throws -> ElementType {
        switch text {
        case "fp16", "f16", "float16": return .float16
        case "bf16", "bfloat16": return .bfloat16
        case "fp32", "f32", "float32": return .float32
        default: throw ValidationError("allowed are fp16, bf16 and f32")
        }
    }

    /// Refuses a name for something new that is taken.
    static func checkIsFree(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) {
            throw UsageError("'\(path)' exists already; choose another name")
        }
    }

    /// A number without a fraction of .0.
    static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(value)
    }
}

/// Pixels of a picture, as in "128x96".
struct PictureSize: Equatable {
    let width: Int
    let height: Int

    /// Above this a single frame takes more memory than machines have.
    static let largest = 4096

    @Sendable static func read(_ text: String) throws -> PictureSize {
        let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.count == 2, sides.allSatisfy((1...largest).contains) else {
            throw ValidationError("allowed is WIDTHxHEIGHT in pixels, each from 1 to \(largest), such as 128x128")
        }
        return PictureSize(width: sides[0], height: sides[1])
    }
}

/// Whose behaviour is asked for.
enum Compatibility: String {
    /// The pipeline that VidRD's authors published, with its quirks.
    case official

    @Sendable static func read(_ text: String) throws -> Compatibility {
        guard let value = Compatibility(rawValue: text) else { throw ValidationError("allowed is official") }
        return value
    }
}

/// A stretch of noise levels, as in "0.2:0.8".
struct NoiseInterval: Equatable {
    let from: Double
    let to: Double

    @Sendable static func read(_ text: String) throws -> NoiseInterval {
        let ends = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) ?? -1 }
        guard ends.count == 2, ends.allSatisfy((0...1).contains), ends[0] <= ends[1] else {
            throw ValidationError("allowed is FROM:TO, two numbers from 0 to 1, such as 0.2:0.9")
        }
        return NoiseInterval(from: ends[0], to: ends[1])
    }
}
