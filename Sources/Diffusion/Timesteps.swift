import Foundation

/// Which timesteps a sampler visits, in falling order; rounding as NumPy's, half to even.
enum Timesteps {
    /// `count` values from `timesteps - 1` down to 0, both included. A single one is 0, as in diffusers.
    static func linspace(_ timesteps: Int, count: Int) -> [Double] {
        let last = Double(timesteps - 1)
        let step = last / Double(max(1, count - 1))
        let rising = (0..<count).map { $0 == count - 1 && count > 1 ? last : Double($0) * step }
        return rising.reversed()
    }

    /// Multiples of a whole step, shifted by `offset`; `leavingOutLowest` spaces them for one step more and
    /// leaves out the lowest, as the multistep solvers of diffusers do.
    static func leading(_ timesteps: Int, count: Int, offset: Int, leavingOutLowest: Bool) -> [Double] {
        let step = timesteps / (leavingOutLowest ? count + 1 : count)
        let lowest = leavingOutLowest ? 1 : 0
        return (0..<count).map { Double(($0 + lowest) * step + offset) }.reversed()
    }

    /// From `last - 1` down in steps of `timesteps / count`. For some counts (61 is the first for 1000
    /// timesteps) diffusers gets one timestep more than asked for, which is -1; it is left out here.
    static func trailing(_ timesteps: Int, last: Int, count: Int) -> [Double] {
        let step = Double(timesteps) / Double(count)
        let start = Double(last)
        let difference = (start - step) - start
        let steps = min(count, Int((start / step).rounded(.up)))
        return (0..<steps).map { (start + Double($0) * difference).rounded(.toNearestOrEven) - 1 }
    }
}
