import Checkpoints
import Foundation
import Models
import Tensors

/// The latents of all frames of a clip cache in float16, normalised for diffusion, made once for each autoencoder.
final class LatentCache {
    /// Shape of one frame: [height, width, channels].
    let shape: [Int]
    private let data: Data
    private let size: Int

    /// - Parameters:
    ///   - fingerprint: names the autoencoder; another one's latents are made anew.
    init(_ cache: ClipCache, _ autoencoder: Autoencoder, fingerprint: String, report: (String) -> Void) throws {
        let factor = autoencoder.configuration.factor
        shape = [cache.height / factor, cache.width / factor, autoencoder.configuration.latentChannels]
        size = shape.reduce(1, *)
        let frames = cache.entries.reduce(0) { $0 + $1.frames }
        let file = cache.folder.appendingPathComponent("latents-\(fingerprint).f16")
        let present = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
        if present != frames * size * 2 {
            report("encoding \(frames) frames")
            let output = try AtomicFile(file)
            let block = 64
            var reported = Date()
            for start in stride(from: 0, to: frames, by: block) {
                let end = min(frames, start + block)
                let latents = autoencoder.normalized(autoencoder.encode(cache.frames(start..<end)).mean)
                let halves = latents.values.map { ElementConversion.half($0) }
                try halves.withUnsafeBytes { try output.write($0) }
                if Date().timeIntervalSince(reported) > 10 {
                    report("encoded \(end) of \(frames) frames")
                    reported = Date()
                }
            }
            try output.commit()
        }
        data = try Data(contentsOf: file, options: .alwaysMapped)
    }

    /// Copies the latents of frame `index` to `target`.
    func read(_ index: Int, into target: UnsafeMutablePointer<Float>) {
        data.withUnsafeBytes { bytes in
            let halves = (bytes.baseAddress! + index * size * 2).assumingMemoryBound(to: UInt16.self)
            for i in 0..<size { target[i] = ElementConversion.float(half: halves[i]) }
        }
    }

    /// A short name for the content of a file.
    static func fingerprint(_ file: URL) throws -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let content = try Data(contentsOf: file, options: .alwaysMapped)
        content.withUnsafeBytes { bytes in
            for i in stride(from: 0, to: bytes.count - 7, by: 8) {
                hash = (hash ^ bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0x0000_0100_0000_01b3
            }
        }
        return String(hash, radix: 36)
    }
}
