import Foundation

/// Amounts of memory as people write them, in powers of a thousand.
public enum ByteCount {
    /// `12 MB`, `1.9 GB`.
    public static func text(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 999.5 || unit == "GB" {
                return unit == "B" ? "\(bytes) B" : String(format: value < 9.95 ? "%.1f %@" : "%.0f %@", value, unit)
            }
            value /= 1000
        }
        return "\(bytes) B"
    }

    /// The bytes of `4G`, `800M`, `1.5 GB`, `3GiB`; a number alone counts bytes. Nil for anything else, and below one byte.
    public static func read(_ text: String) -> Int? {
        let lower = text.lowercased().filter { $0 != " " }
        let digits = lower.prefix { ("0"..."9").contains($0) || $0 == "." }
        var unit = String(lower.dropFirst(digits.count)), base = 1000.0
        if unit.hasSuffix("ib") {
            base = 1024
            unit.removeLast(2)
            guard !unit.isEmpty else { return nil }
        } else if unit.hasSuffix("b") {
            unit.removeLast()
        }
        guard let value = Double(digits), let power = ["", "k", "m", "g", "t"].firstIndex(of: unit) else { return nil }
        let bytes = value * pow(base, Double(power))
        return bytes >= 1 && bytes < 1e18 ? Int(bytes) : nil
    }
}
