import Checkpoints
import Evaluation
import Files
import Foundation
import Video

/// The result as a Markdown table and as one HTML file.
public struct UCFReport {
    public let result: UCFResult
    /// One picture from the middle of some videos, with their classes.
    public let wall: [(frame: Frame, caption: String)]

    public init(_ result: UCFResult, wall: [(frame: Frame, caption: String)] = []) {
        (self.result, self.wall) = (result, wall)
    }

    private func figure(_ value: Double?, _ digits: Int = 2) -> String { value.map { String(format: "%.\(digits)f", $0) } ?? "–" }

    /// The rows of the table: model, training videos, IS, IS (I3D), FVD, clips.
    private var rows: [[String]] {
        let side = result.distance.generated
        let splits = side.inceptionScoreSplits.map { String(format: "%.2f ± %.2f", $0.mean, $0.deviation) }
        let c3d = result.inceptionScore.map { score in
            score.splits.map { String(format: "%.2f ± %.2f", $0.mean, $0.deviation) } ?? figure(score.score)
        }
        let real = result.distance.real
        let ours = [result.model, "", c3d ?? "–", splits ?? figure(side.inceptionScore), figure(result.distance.value), "\(side.count)"]
        let top = ["real videos (\(result.split)), against halves of themselves", "", "–",
            real.inceptionScoreSplits.map { String(format: "%.2f ± %.2f", $0.mean, $0.deviation) } ?? figure(real.inceptionScore),
            figure(result.distance.floor?.mean), "\(result.distance.floor?.count ?? 0)"]
        return [top, ours] + PublishedRows.all.map { [$0.model, $0.videos, $0.score, "–", $0.distance, "–"] }
    }

    private static let titles = ["model", "training videos", "IS ↑", "IS (I3D) ↑", "FVD ↓", "clips"]

    public var markdown: String {
        var text = "| \(Self.titles.joined(separator: " | ")) |\n|\(Self.titles.map { _ in "---" }.joined(separator: "|"))|\n"
        for row in rows { text += "| \(row.joined(separator: " | ")) |\n" }
        return text + "\n" + facts.map { "- \($0)\n" }.joined()
    }

    /// What the numbers rest on.
    private var facts: [String] {
        let d = result.distance, g = result.generation
        var lines = [
            "\(result.made) of \(result.planned) videos (\(result.distribution)) against \(d.real.count) real clips of \(result.split).",
            String(
                format: "Videos of %d frames, %dx%d: %@, %d steps, guidance %g; clips of %d frames that share %d, %@%@; seed %llu.",
                g.frames, g.width, g.height, g.sampler, g.steps, g.guidance, g.clipFrames, g.overlap, g.order,
                g.isOfficial ? ", as the published pipeline" : "", g.seed),
            "Protocol \(d.rules.description). I3D weights \(d.weights).",
        ]
        if let b = d.bootstrap {
            lines.append(String(format: "FVD %.2f, 95 %% interval %.2f to %.2f (bootstrap, %d resamples).", d.value, b.interval[0], b.interval[1], b.resamples))
        }
        if let f = d.floor { lines.append(String(format: "Floor: %d real clips against %d others score %.2f ± %.2f.", f.count, f.count, f.mean, f.deviation)) }
        if let a = d.real.motion, let b = d.generated.motion {
            lines.append(String(format: "Motion (mean difference of neighbouring frames, steps of 255): real %.2f, generated %.2f. Near-static clips lower FVD.", a, b))
        }
        lines.append("Published rows are the papers' own figures (as collected in arXiv 2309.03549): other samples, other clip choices, other ports of I3D.")
        return lines + result.caveats + d.warnings
    }

    public var html: String {
        func escaped(_ text: String) -> String {
            text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(of: ">", with: "&gt;")
        }
        let table = rows.enumerated().map { index, row in
            "<tr\(index == 1 ? " class=ours" : "")>" + row.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
        }.joined(separator: "\n")
        let classRows = result.classes.map {
            "<tr><td>\(escaped($0.name))</td><td>\($0.videos)</td><td>\(figure($0.score))</td><td>\(figure($0.motion))</td><td class=l>\(escaped($0.prompt))</td></tr>"
        }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
            <title>UCF-101: \(escaped(result.model))</title>
            <style>
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#24272c;background:#fdfdfc}
            table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{padding:.25rem .5rem;border-bottom:1px solid #e3e5e9;text-align:right}
            td:first-child,th:first-child,.l{text-align:left}.ours{font-weight:600;background:#eef4fb}svg,img{max-width:100%;height:auto}li{margin:.3rem 0}
            </style>
            <h1>UCF-101: \(escaped(result.model))</h1>
            <table><tr>\(Self.titles.map { "<th>\($0)</th>" }.joined())</tr>
            \(table)
            </table>
            <ul>\(facts.map { "<li>\(escaped($0))</li>" }.joined(separator: "\n"))</ul>
            <h2>FVD against the number of clips</h2>
            \(Chart.line(result.bySampleCount.map { (Double($0.count), $0.value) }, x: "clips of each side", y: "FVD"))
            <h2>IS (I3D) by class</h2>
            <p>exp of the mean divergence of a class's videos from the mean over all videos.</p>
            \(Chart.bars(result.classes.compactMap { item in item.score.map { (item.name, $0) } }))
            <h2>Samples</h2>
            \(wallImage)
            <h2>Classes</h2>
            <table><tr><th>class</th><th>videos</th><th>score</th><th>motion</th><th class=l>prompt</th></tr>
            \(classRows)
            </table></html>

            """
    }

    private var wallImage: String {
        guard !wall.isEmpty, let sheet = try? ContactSheet(columns: 8).picture(of: wall.map(\.frame), captions: wall.map(\.caption)),
            let bytes = try? PNG.encode(sheet)
        else { return "<p>There are none.</p>" }
        return "<img alt=\"samples\" src=\"data:image/png;base64,\(Data(bytes).base64EncodedString())\">"
    }

    /// Writes result.json, table.md and report.html.
    public func write(to folder: URL) throws {
        for (name, text) in [("result.json", try JSONFile.text(result)), ("table.md", markdown), ("report.html", html)] {
            try AtomicFile.write(text, to: folder.appendingPathComponent(name))
        }
    }
}

/// Small drawings as SVG.
enum Chart {
    private static let width = 860.0, left = 70.0, top = 16.0

    /// Points joined by a line, x on a logarithmic axis.
    static func line(_ points: [(Double, Double)], x: String, y: String) -> String {
        guard points.count > 1, let first = points.first, let last = points.last else { return "<p>Too few clips.</p>" }
        let height = 300.0, bottom = 44.0
        let most = max(points.map(\.1).max() ?? 1, 1e-9) * 1.05
        func px(_ v: Double) -> Double { left + (log(v) - log(first.0)) / max(log(last.0) - log(first.0), 1e-9) * (width - left - 30) }
        func py(_ v: Double) -> Double { top + (1 - v / most) * (height - top - bottom) }
        func number(_ v: Double) -> String { String(format: v < 10 ? "%.1f" : "%.0f", v) }
        var svg = "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" font-size=12 font-family=sans-serif>"
        for step in 0...4 {
            let value = most * Double(step) / 4
            svg += String(format: "<path d=\"M%.0f %.1fH%.0f\" stroke=#e3e5e9 />", left, py(value), width - 30)
            svg += String(format: "<text x=%.0f y=%.1f text-anchor=end>", left - 6, py(value) + 4) + "\(number(value))</text>"
        }
        svg += "<polyline fill=none stroke=#2a6fbb stroke-width=2 points=\"" + points.map { String(format: "%.1f,%.1f", px($0.0), py($0.1)) }.joined(separator: " ") + "\" />"
        for (a, b) in points {
            svg += String(format: "<circle cx=%.1f cy=%.1f r=3 fill=#2a6fbb /><text x=%.1f y=%.0f text-anchor=middle>", px(a), py(b), px(a), height - bottom + 16) + "\(number(a))</text>"
        }
        return svg + String(format: "<text x=%.0f y=%.0f text-anchor=middle>", width / 2, height - 8) + "\(x)</text><text x=4 y=12>\(y)</text></svg>"
    }

    static func bars(_ items: [(String, Double)]) -> String {
        guard let most = items.map(\.1).max(), most > 0 else { return "<p>No videos.</p>" }
        let row = 16.0
        var svg = "<svg viewBox=\"0 0 \(Int(width)) \(Int(row * Double(items.count) + 4))\" font-size=11 font-family=sans-serif>"
        for (index, item) in items.sorted(by: { $0.1 > $1.1 }).enumerated() {
            let y = Double(index) * row
            svg += String(format: "<text x=170 y=%.0f text-anchor=end>", y + 12) + "\(item.0)</text>"
            svg += String(format: "<rect x=176 y=%.0f width=%.1f height=12 fill=#2a6fbb /><text x=%.1f y=%.0f>%.2f</text>", y + 2, 600 * item.1 / most, 182 + 600 * item.1 / most, y + 12, item.1)
        }
        return svg + "</svg>"
    }
}
