import Foundation

/// Where an axis from `low` to `high` has its marks, and what stands there.
struct Ticks: Equatable {
    var values: [Double]
    var labels: [String]

    /// Multiples of 1, 2 or 5 times a power of ten: about `count` of them, all within `low...high`.
    static func linear(from low: Double, to high: Double, count: Int) -> Ticks {
        let rough = max((high - low) / Double(max(count, 1)), .leastNormalMagnitude)
        let power = pow(10, floor(log10(rough)))
        let step = ([1, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10) * power
        let first = Int64((low / step - 1e-6).rounded(.up)), last = Int64((high / step + 1e-6).rounded(.down))
        guard first <= last else { return Ticks(values: [low], labels: [label(low, step: high - low)]) }
        let values = (first...last).map { Double($0) * step }
        return Ticks(values: values, labels: labels(values, step: step))
    }

    /// Powers of ten, with 2 and 5 times them where there would be few.
    static func logarithmic(from low: Double, to high: Double) -> Ticks {
        let decades = log10(high / low)
        let factors: [Double] = decades > 4 ? [1] : decades > 2.5 ? [1, 3] : [1, 2, 5]
        let stride = max(1, Int(decades / 8))
        let exponents = Swift.stride(from: Int(floor(log10(low))), through: Int(ceil(log10(high))), by: stride)
        let candidates: [Double] = exponents.flatMap { exponent in factors.map { $0 * pow(10, Double(exponent)) } }
        let values = candidates.filter { $0 >= low * 0.9999 && $0 <= high * 1.0001 }
        // Less than a factor of two across: powers say nothing here.
        guard values.count > 1 else { return linear(from: low, to: high, count: 5) }
        return Ticks(values: values, labels: values.map { label($0, step: $0) })
    }

    /// One unit (none, k or M) for all labels of an axis.
    private static func labels(_ values: [Double], step: Double) -> [String] {
        let largest = values.map(abs).max() ?? 0
        let (unit, suffix) = largest >= 1e6 ? (1e6, "M") : largest >= 1e4 ? (1e3, "k") : (1, "")
        return values.map { $0 == 0 ? "0" : label($0 / unit, step: step / unit) + suffix }
    }

    /// `value` with as many digits as tell it from its neighbours a `step` away.
    private static func label(_ value: Double, step: Double) -> String {
        if value != 0, abs(value) < 1e-4 || abs(value) >= 1e7 {
            return String(format: "%.3g", value).replacingOccurrences(of: "e-0", with: "e-")
                .replacingOccurrences(of: "e+0", with: "e").replacingOccurrences(of: "e+", with: "e")
        }
        let digits = step > 0 ? max(0, Int(ceil(-log10(step) - 1e-9))) : 0
        return String(format: "%.\(min(digits, 12))f", value)
    }
}
