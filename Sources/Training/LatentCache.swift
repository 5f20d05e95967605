import Checkpoints
import Files
import Foundation
import Generation
import Layers
import Models
import Tensors

/// The latents of all frames of a clip cache in float16, normalised for diffusion, made once for each autoencoder and for
/// each state of the clips.
final class LatentCache {
    /// Shape of one frame: [height, width, channels].
    let shape: [Int]
    private let data: Data
    private let size: Int

    /// - Parameters:
    ///   - store: the autoencoder's parameters.
    ///   - isCancelled: asked between blocks of pictures that are encoded.
    ///
    /// Throws `CancellationError`, which leaves nothing behind.
    init(
        _ cache: ClipCache, _ autoencoder: Autoencoder, _ store: ParameterStore, report: (String) -> Void,
        isCancelled: () -> Bool
    ) throws {
        let encoder = Self.mark(store, autoencoder.configuration), clips = try Self.mark(cache.folder)
        let factor = autoencoder.configuration.factor
        shape = [cache.height / factor, cache.width / factor, autoencoder.configuration.latentChannels]
        size = shape.reduce(1, *)
        let frames = cache.entries.reduce(0) { $0 + $1.frames }
        let file = cache.folder.appendingPathComponent("latents-\(encoder)-\(clips).f16")
        let present = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
        if present != frames * size * 2 {
            report("encoding \(frames) frames to \(file.lastPathComponent)")
            let output = try AtomicFile(file)
            let block = 64
            var reported = Date()
            for start in stride(from: 0, to: frames, by: block) {
                if isCancelled() { throw CancellationError() }
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
            // The same encoder's latents of clips that are no longer there.
            for name in try FileManager.default.contentsOfDirectory(atPath: cache.folder.path)
            where name.hasPrefix("latents-\(encoder)-") && name != file.lastPathComponent {
                try? FileManager.default.removeItem(at: cache.folder.appendingPathComponent(name))
            }
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

    /// A short name for what decides the latents of a picture: the encoder and the statistics, but no decoder.
    private static func mark(_ store: ParameterStore, _ configuration: AutoencoderConfiguration) -> String {
        var print = Fingerprint()
        let encoder = store.parameters.filter { $0.key.hasPrefix("encoder.") || $0.key.hasPrefix("quant_conv.") }
        for parameter in encoder.sorted(by: { $0.key < $1.key }) { print.absorb(parameter.value) }
        for statistics in [configuration.latentsMean ?? [], configuration.latentsStd ?? []] {
            print.absorb(Tensor(statistics, [statistics.count]))
        }
        return print.text
    }

    /// A short name for the pictures: their captions, and size and date of the frames.
    private static func mark(_ clips: URL) throws -> String {
        var print = Fingerprint()
        try print.absorb(contentsOf: clips.appendingPathComponent("captions.jsonl"))
        let facts = try FileManager.default.attributesOfItem(atPath: clips.appendingPathComponent("frames.u8").path)
        print.absorb("\(facts[.size] ?? 0) \((facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0)")
        return print.text
    }
}
