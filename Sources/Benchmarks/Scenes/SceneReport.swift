import Evaluation
import Foundation

extension SceneEvaluation {
    private static let shownSides: [Side] = [.rendered, .reconstructed, .generated]
    private static let questions = ["family", "colour", "count", "time"]

    /// The report: Markdown tables, with `sheet.png` beside it where `hasSheet` says so.
    public func markdown(hasSheet: Bool) -> String {
        var lines = [
            "# \(setting.model) on held-out captions", "",
            "\(setting.count) captions that training never draws, seeds 0 to \(setting.count - 1); clips of \(setting.length) frames, "
                + "\(setting.width)x\(setting.height), \(Self.plain(setting.framesPerSecond)) a second; \(setting.steps) steps of "
                + "\(setting.sampler), guidance \(Self.plain(setting.guidance)). Weights \(setting.weights).",
        ]
        if let accuracy { lines += table(accuracy) }
        if let distances { lines += table(distances) }
        if let motion { lines += table(motion) }
        if let decoder { lines += table(decoder) }
        if let long { lines += table(long) }
        if let drift { lines += table(drift) }
        if hasSheet { lines += ["", "![clips](sheet.png)", "", "Rendered and generated, four frames of each."] }
        if !notes.isEmpty { lines += [""] + notes.map { "- " + $0 } }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A few lines for a terminal.
    public var lines: [String] {
        var lines: [String] = []
        if let accuracy {
            for side in Self.shownSides {
                guard let found = accuracy.sides[side] else { continue }
                let parts = Self.questions.compactMap { q in found.questions[q].map { "\(q) \(Self.percent($0)) of \($0.of)" } }
                lines.append("\(side.rawValue): " + parts.joined(separator: ", "))
            }
        }
        if let distances {
            lines.append("\(distances.metric): " + [("generated", Side.generated), ("reconstructed", .reconstructed), ("floor", .other)]
                .compactMap { name, side in distances.sides[side].map { "\(name) " + Self.text($0) } }.joined(separator: ", "))
        }
        if let motion {
            lines.append("motion: " + Self.shownSides.compactMap { side in
                motion[side].map { String(format: "%@ %.2f", side.rawValue, $0.motion) }
            }.joined(separator: ", "))
        }
        if let decoder {
            lines.append(String(
                format: "decoder: %.2f dB frame by frame, %.2f dB temporal; jitter %.2f, %.2f, rendered %.2f", decoder.plain.psnr,
                decoder.temporal.psnr, decoder.plain.jitter, decoder.temporal.jitter, decoder.renderedJitter))
            if let sampled = decoder.sampled {
                lines.append(String(
                    format: "jitter of generated clips: %.2f frame by frame, %.2f temporal", sampled.plainJitter, sampled.temporalJitter))
            }
        }
        if let long, let ratio = Self.meanRatio(long.map(\.seams)) {
            lines.append(String(format: "seams: border to inside %.2f over %d videos", ratio, long.count))
        }
        if let drift {
            lines.append(
                "drift: first clip \(drift.first.map(Self.text) ?? "-"), last \(drift.last.map(Self.text) ?? "-"), family "
                    + "\(Self.percent(drift.firstFamily)) to \(Self.percent(drift.lastFamily)), "
                    + String(format: "colour %.1f", drift.colour)
                    + (drift.renderedColour.map { String(format: " (rendered %.1f)", $0) } ?? ""))
        }
        return lines
    }

    // MARK: Tables

    private func table(_ accuracy: Accuracy) -> [String] {
        var lines = [
            "", "## What the captions state", "",
            "Right answers of a classifier of \(accuracy.classifier); only what a caption states is asked.", "",
            "| | " + Self.questions.joined(separator: " | ") + " |", "|---|" + String(repeating: "---|", count: Self.questions.count),
        ]
        for side in Self.shownSides {
            guard let found = accuracy.sides[side] else { continue }
            let cells = Self.questions.map { q in
                found.questions[q].map { String(format: "%@ ± %.1f (%d/%d)", Self.percent($0), 100 * $0.error, $0.right, $0.of) } ?? "–"
            }
            lines.append("| \(side.rawValue) | " + cells.joined(separator: " | ") + " |")
        }
        let own = Self.questions.map { q in accuracy.classifierAccuracy[q].map { String(format: "%.1f %%", 100 * $0) } ?? "–" }
        lines.append("| *the classifier's own test* | " + own.joined(separator: " | ") + " |")
        if let families = accuracy.sides[.generated]?.families, !families.isEmpty {
            let sorted = families.sorted { ($0.value.value, $0.key) < ($1.value.value, $1.key) }
            lines += ["", "Families of generated clips, the worst first: "
                + sorted.map { "\($0.key) \($0.value.right)/\($0.value.of)" }.joined(separator: ", ") + "."]
        }
        return lines
    }

    private func table(_ distances: Distances) -> [String] {
        var lines = ["", "## \(distances.metric)", "", "| from rendered clips | value | 95 % | clips |", "|---|---|---|---|"]
        for (name, side) in [("generated", Side.generated), ("reconstructed", .reconstructed), ("rendered, other captions (floor)", .other)] {
            guard let found = distances.sides[side] else { continue }
            let interval = found.interval.map { "\(Self.number($0[0])) to \(Self.number($0[1]))" } ?? "–"
            lines.append("| \(name) | \(Self.number(found.value)) | \(interval) | \(found.clips) |")
        }
        return lines
    }

    private func table(_ motion: [Side: MotionFigures]) -> [String] {
        ["", "## Motion", "", "Steps of 255.", "", "| | mean frame difference | mean second difference / 2 |", "|---|---|---|"]
            + Self.shownSides.compactMap { side in
                motion[side].map { String(format: "| %@ | %.2f | %.2f |", side.rawValue, $0.motion, $0.jitter) }
            }
    }

    private func table(_ decoder: Decoder) -> [String] {
        [
            "", "## Decoder", "",
            "\(decoder.clips) held-out clips through the autoencoder. Jitter: high-frequency temporal energy, the root of the mean square of (a − 2b + c) / 4 over neighbouring frames in steps of 255; flicker: that of the error.",
            "", "| | PSNR, dB | jitter | flicker |", "|---|---|---|---|",
            String(format: "| frame by frame | %.2f | %.3f | %.3f |", decoder.plain.psnr, decoder.plain.jitter, decoder.plain.flicker),
            String(format: "| temporal | %.2f | %.3f | %.3f |", decoder.temporal.psnr, decoder.temporal.jitter, decoder.temporal.flicker),
            String(format: "| rendered | | %.3f | |", decoder.renderedJitter),
        ] + (decoder.sampled.map {
            [
                "", "Latents of \($0.clips) generated clips, decoded both ways:", "", "| | jitter |", "|---|---|",
                String(format: "| frame by frame | %.3f |", $0.plainJitter),
                String(format: "| temporal | %.3f (%.2f of it) |", $0.temporalJitter, $0.temporalJitter / max($0.plainJitter, 1e-9)),
            ]
        } ?? [])
    }

    private func table(_ long: [LongVideo]) -> [String] {
        [
            "", "## Borders between clips", "",
            "Mean difference of neighbouring frames, steps of 255. Largest: the place between two borders that changes most (−2: two frames before a border), over the others.",
            "", "| caption | frames | inside | border | ratio | largest | colour, last 16 − first 16 |", "|---|---|---|---|---|---|---|",
        ]
            + long.map { video in
                String(
                    format: "| %@ | %d | %.2f | %.2f | %.2f | %@ | %+.1f %+.1f %+.1f |", video.caption, video.seams.frameCount,
                    video.seams.inside, video.seams.borders, video.ratio,
                    video.seams.largest.map { String(format: "%.2f at %+d", $0.ratio, $0.offset) } ?? "–",
                    video.seams.drift[0], video.seams.drift[1], video.seams.drift[2])
            }
            + [("mean", long.map(\.seams)), ("rendered videos, mean", long.compactMap(\.rendered))].compactMap { name, seams in
                Self.meanRatio(seams).map {
                    String(format: "| %@ | | | | %.2f | %@ | |", name, $0, Self.meanLargest(seams).map { String(format: "%.2f", $0) } ?? "–")
                }
            }
    }

    private func table(_ drift: Drift) -> [String] {
        [
            "", "## Drift", "",
            "\(drift.videos) videos of \(drift.frames) frames: the first clip and the last, from the rendered clips. So few clips raise any Fréchet distance: compare the two, with nothing else.",
            "", "| | \(drift.metric) | family right |", "|---|---|---|",
            "| first clip | \(drift.first.map { Self.number($0.value) } ?? "–") | \(drift.firstFamily.right)/\(drift.firstFamily.of) |",
            "| last clip | \(drift.last.map { Self.number($0.value) } ?? "–") | \(drift.lastFamily.right)/\(drift.lastFamily.of) |",
            "", String(format: "Mean absolute change of the mean colour: %.1f of 255", drift.colour)
                + (drift.renderedColour.map { String(format: ", of rendered videos of the same captions %.1f.", $0) } ?? "."),
        ]
    }

    // MARK: Numbers

    private static func meanRatio(_ videos: [Seams]) -> Double? {
        let ratios = videos.filter { $0.borderCount > 0 }.map(\.ratio).filter(\.isFinite)
        return ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
    }

    private static func meanLargest(_ videos: [Seams]) -> Double? {
        let ratios = videos.compactMap { $0.largest?.ratio }.filter(\.isFinite)
        return ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
    }

    private static func percent(_ share: SceneAccuracy.Share) -> String {
        share.of > 0 ? String(format: "%.1f %%", 100 * share.value) : "–"
    }

    private static func number(_ value: Double) -> String { String(format: value < 10 ? "%.3f" : "%.1f", value) }

    private static func text(_ distance: SceneDistance) -> String {
        number(distance.value) + (distance.interval.map { " (\(number($0[0])) to \(number($0[1])))" } ?? "")
    }

    private static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(value)
    }
}
