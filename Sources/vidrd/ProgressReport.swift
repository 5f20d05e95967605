import Foundation
import Generation

/// Shows how far a video is: a bar that is drawn over on a terminal, and now and then a plain line elsewhere.
final class ProgressReport {
    private let begin = Date()
    private let isTerminal: Bool
    private let isQuiet: Bool
    private var lastLine = Date.distantPast
    private var isDrawn = false
    /// The last step that was seen.
    private var clip = 0, clips = 1, step = 0, steps = 1

    /// Seconds between plain lines.
    private static let pause = 10.0

    init(isQuiet: Bool, isTerminal: Bool = Console.isTerminal) {
        self.isQuiet = isQuiet
        self.isTerminal = isTerminal
    }

    func take(_ event: GenerationEvent) {
        guard !isQuiet else { return }
        switch event {
        case let .step(clip, clips, step, steps):
            (self.clip, self.clips, self.step, self.steps) = (clip, clips, step, steps)
        case .frames:
            // Decoding a clip counts as one step more.
            step = steps + 1
        }
        let now = Date()
        if isTerminal {
            draw()
        } else if now.timeIntervalSince(lastLine) >= Self.pause {
            if lastLine != .distantPast { Console.status(line(bar: false)) }
            lastLine = now
        }
    }

    /// Takes the bar away.
    func clear() {
        if isDrawn { Console.raw("\r\u{1B}[K") }
        isDrawn = false
    }

    private func draw() {
        Console.raw("\r\u{1B}[K" + line(bar: true))
        isDrawn = true
    }

    private var share: Double {
        Double((clip - 1) * (steps + 1) + step) / Double(clips * (steps + 1))
    }

    private func line(bar: Bool) -> String {
        let share = min(max(share, 0), 1), width = 24
        var text = ""
        if bar {
            let filled = Int((share * Double(width)).rounded(.down))
            text += "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled) + "] "
        }
        text += "\(Int(share * 100))%  clip \(clip)/\(clips)  "
        text += step > steps ? "decoded" : "step \(step)/\(steps)"
        if share > 0, share < 1 {
            text += "  " + Self.clock(Date().timeIntervalSince(begin) * (1 - share) / share) + " left"
        }
        return text
    }

    /// Minutes and seconds as "1:05", with hours where there are any.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded())
        let tail = String(format: "%02d", whole % 60)
        return whole < 3600
            ? "\(whole / 60):\(tail)" : "\(whole / 3600):\(String(format: "%02d", whole / 60 % 60)):\(tail)"
    }
}
