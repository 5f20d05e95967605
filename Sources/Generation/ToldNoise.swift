import Diffusion
import Models

extension Denoiser {
    /// What this network is told of the levels of a process: themselves or angles, as its `levelScale` says. The only place
    /// where one becomes the other; sampling and training both come here.
    package func told(_ levels: [Float], of process: any NoiseProcess) -> [Float] {
        switch levelScale {
        case .timestep: levels
        case .angle: levels.map(process.angle(at:))
        }
    }
}
