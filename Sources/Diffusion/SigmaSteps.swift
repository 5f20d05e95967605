import Foundation

/// The noise levels σ = √((1−ᾱ)/ᾱ) that a solver passes through, and the timesteps that the model is told.
struct SigmaSteps: Sendable {
    let timesteps: [Float]
    /// One more than there are timesteps: the last is where the last step ends.
    let sigmas: [Float]

    /// Bounds of Karras noise levels.
    enum KarrasRange {
        /// Those of all training timesteps.
        case training
        /// Those of the timesteps that would be visited otherwise.
        case visited
    }

    /// Timesteps of the multistep solvers: whole numbers, the lowest of linspace and leading left out; `clipped`
    /// obeys `lambda_min_clipped`.
    /// - Throws: `DiffusionError.invalidOption` where there are not enough timesteps for steps of some length.
    static func solver(
        _ schedule: NoiseSchedule, spacing: TimestepSpacing, count: Int, clipped: Bool
    ) throws -> [Double] {
        let total = schedule.timestepCount
        let last = clipped ? total - clippedCount(schedule) : total
        let most = spacing == .trailing ? last : last - 1
        guard count <= most else {
            throw DiffusionError.invalidOption(
                name: "steps", found: "\(count)", allowed: "1 to \(most) with \(spacing.rawValue) timesteps"
            )
        }
        switch spacing {
        case .linspace:
            return Timesteps.linspace(last, count: count + 1).dropLast().map { $0.rounded(.toNearestOrEven) }
        case .leading:
            return Timesteps.leading(
                last, count: count, offset: schedule.configuration.stepsOffset, leavingOutLowest: true
            )
        case .trailing:
            return Timesteps.trailing(total, last: last, count: count)
        }
    }

    /// Noise levels of timesteps, or Karras levels and the timesteps that come closest to them.
    init(
        _ schedule: NoiseSchedule, timesteps: [Double], karras: KarrasRange?,
        roundsKarrasTimesteps: Bool, finalSigma: Float
    ) {
        let all = Self.trainingSigmas(schedule)
        let visited = timesteps.map { Self.interpolate(all, at: $0) }
        guard let karras, let highest = visited.first, let lowest = visited.last else {
            self.timesteps = timesteps.map { Float($0) }
            sigmas = visited.map { Float($0) } + [finalSigma]
            return
        }
        let levels = switch karras {
        case .training: Self.karras(from: Double(all[all.count - 1]), to: Double(all[0]), count: timesteps.count)
        case .visited: Self.karras(from: highest, to: lowest, count: timesteps.count)
        }
        let logarithms = all.map { log($0) }
        self.timesteps = levels.map { level in
            let timestep = Self.timestep(of: level, logarithms: logarithms)
            return Float(roundsKarrasTimesteps ? timestep.rounded(.toNearestOrEven) : timestep)
        }
        sigmas = levels.map { Float($0) } + [finalSigma]
    }

    /// σ of every training timestep, rising. Without any signal in the last one σ would be infinite: it gets
    /// float16's smallest number as ᾱ, as in diffusers.
    static func trainingSigmas(_ schedule: NoiseSchedule) -> [Float] {
        var alphas = schedule.alphasCumprod
        if schedule.configuration.rescaleBetasZeroSNR { alphas[alphas.count - 1] = 0x1p-24 }
        return alphas.map { ((1 - $0) / $0).squareRoot() }
    }

    /// How many of the last timesteps `lambda_min_clipped` leaves out.
    private static func clippedCount(_ schedule: NoiseSchedule) -> Int {
        guard let bound = schedule.configuration.lambdaMinClipped else { return 0 }
        return trainingSigmas(schedule).filter { -log($0) < bound }.count
    }

    private static func interpolate(_ values: [Float], at position: Double) -> Double {
        let lower = min(Int(position), values.count - 1)
        guard lower < values.count - 1 else { return Double(values[lower]) }
        let slope = Double(values[lower + 1]) - Double(values[lower])
        return slope * (position - Double(lower)) + Double(values[lower])
    }

    /// Noise levels that are equally spaced in σ^(1/7) (Karras et al., 2206.00364, equation 5).
    private static func karras(from highest: Double, to lowest: Double, count: Int) -> [Double] {
        let start = pow(highest, 1.0 / 7), end = pow(lowest, 1.0 / 7)
        return (0..<count).map { index in
            let ramp = count > 1 ? Double(index) / Double(count - 1) : 0
            return pow(start + ramp * (end - start), 7)
        }
    }

    /// The fractional timestep of a noise level, by interpolation between logarithms.
    private static func timestep(of sigma: Double, logarithms: [Float]) -> Double {
        let wanted = log(max(sigma, 1e-10))
        let above = logarithms.firstIndex { Double($0) > wanted } ?? logarithms.count
        let lower = min(max(above - 1, 0), logarithms.count - 2)
        let low = logarithms[lower], high = logarithms[lower + 1]
        let weight = min(max((Double(low) - wanted) / Double(low - high), 0), 1)
        return (1 - weight) * Double(lower) + weight * Double(lower + 1)
    }
}
