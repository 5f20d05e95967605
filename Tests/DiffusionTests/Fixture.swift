import Diffusion
import Foundation
import Tensors

/// Values that PyTorch and diffusers computed; the scripts that made them lie beside them.
enum Fixture {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    static func load<Content: Decodable>(_ name: String) throws -> Content {
        try JSONDecoder().decode(Content.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }

    /// The largest difference, relative to values above 1.
    static func difference(_ found: [Float], _ wanted: [Float]) -> Float {
        guard found.count == wanted.count else { return .infinity }
        return zip(found, wanted).map { pair in
            let error = abs(pair.0 - pair.1) / max(1, abs(pair.1))
            return error.isFinite ? error : .infinity
        }.max() ?? 0
    }
}
