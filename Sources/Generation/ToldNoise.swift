import Diffusion
import Models

extension Denoiser {
    /// What this network is told of the timesteps of a schedule: timesteps or angles, as its `levelScale` says. The only
    /// place where one becomes the other; sampling and training both come here.
    package func told(_ timesteps: [Float], of schedule: NoiseSchedule) -> [Float] {
        switch levelScale {
        case .timestep: timesteps
        case .angle: timesteps.map(schedule.angle(at:))
        }
    }
}
