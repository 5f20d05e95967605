import Checkpoints
import Files
import Foundation

/// One way of showing events.
protocol ProgressView: AnyObject {
    func show(_ event: ProgressEvent, _ meter: ProgressMeter)
}

/// A bar on a terminal, drawn over with every event.
final class ProgressBar: ProgressView {
    func show(_ event: ProgressEvent, _ meter: ProgressMeter) {
        switch event {
        case .start, .clip, .preview, .finish: break
        case .step, .frames: Console.bar(ProgressText.bar(meter, columns: TerminalSize.current.columns))
        }
    }
}

/// A plain line every ten seconds, for files and pipes that somebody reads later.
final class ProgressLines: ProgressView {
    private var last: Double?
    private static let pause = 10.0

    func show(_ event: ProgressEvent, _ meter: ProgressMeter) {
        switch event {
        case .start, .clip, .preview, .finish: break
        case .step, .frames:
            let time = meter.elapsed
            guard time - (last ?? 0) >= Self.pause || last == nil else { return }
            // The first steps of a video need no line of their own.
            if last != nil { Console.status(ProgressText.line(meter)) }
            last = time
        }
    }
}

/// Every event as one JSON object on one line.
final class ProgressJSON: ProgressView {
    func show(_ event: ProgressEvent, _ meter: ProgressMeter) { Console.line(event.line(meter)) }
}

/// The words of a progress line.
package enum ProgressText {
    /// "43%  clip 2/6  step 5/14  8.6 frames/s  0:12 left  0.4 GB"
    package static func line(_ meter: ProgressMeter) -> String { parts(meter).joined(separator: "  ") }

    /// The same behind a bar, within the columns of a terminal: a line that breaks cannot be drawn over.
    package static func bar(_ meter: ProgressMeter, columns: Int) -> String {
        var parts = parts(meter)
        // The last columns are left free: some terminals break lines that reach them.
        let room = max(1, columns - 1)
        func length() -> Int { parts.reduce(2 * (parts.count - 1)) { $0 + $1.count } }
        while parts.count > 1, length() > room { parts.removeLast() }
        let width = min(24, room - length() - 3)
        let text = String(parts.joined(separator: "  ").prefix(room))
        guard width >= 6 else { return text }
        let filled = Int((meter.share * Double(width)).rounded(.down))
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled) + "] " + text
    }

    /// The most important first.
    private static func parts(_ meter: ProgressMeter) -> [String] {
        var parts = ["\(Int(meter.share * 100))%"]
        if let left = meter.secondsLeft, meter.share < 1 { parts.append(ProgressReport.clock(left) + " left") }
        parts.append("clip \(meter.clip)/\(meter.clips)")
        parts.append(meter.step > meter.steps ? "decoded" : "step \(meter.step)/\(meter.steps)")
        if let rate = meter.rate { parts.append(rate) }
        if let memory = meter.memory { parts.append(ByteCount.text(memory)) }
        return parts
    }
}
