import Diffusion
import Foundation
import Testing

/// The angle between clean sample and noise.
@Suite struct NoiseAngleTests {
    private func schedule(zeroSNR: Bool) throws -> NoiseSchedule {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        configuration.rescaleBetasZeroSNR = zeroSNR
        return try NoiseSchedule(configuration)
    }

    @Test(arguments: [false, true]) func hasTheRatesAsCosineAndSine(_ zeroSNR: Bool) throws {
        let schedule = try schedule(zeroSNR: zeroSNR)
        for timestep in 0..<schedule.timestepCount {
            let angle = schedule.angle(at: Float(timestep))
            #expect(abs(cos(angle) - schedule.signalRate(timestep)) < 2e-7, "\(timestep)")
            #expect(abs(sin(angle) - schedule.noiseRate(timestep)) < 2e-7, "\(timestep)")
        }
    }

    /// Between two timesteps σ/α is half way between theirs, also where the last has no signal at all.
    @Test(arguments: [false, true]) func risesBetweenTimesteps(_ zeroSNR: Bool) throws {
        let schedule = try schedule(zeroSNR: zeroSNR)
        let angles = stride(from: Float(0), through: 999, by: 0.25).map { schedule.angle(at: $0) }
        #expect(zip(angles, angles.dropFirst()).allSatisfy { $0 < $1 })
        #expect(angles.first! > 0 && angles.last! <= Float(Double.pi / 2))
        let middle = tan(Double(schedule.angle(at: 500.5)))
        let ends = (tan(Double(schedule.angle(at: 500))), tan(Double(schedule.angle(at: 501))))
        #expect(abs(middle - (ends.0 + ends.1) / 2) < 1e-6)
    }
}
