import Foundation

/// Captions of videos by their names.
struct CaptionFile {
    private var captions: [String: String] = [:]

    private struct Line: Decodable {
        let file, video, path, name, caption, prompt, text: String?
    }

    init(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageError("there is no '\(path)'; give the videos' prompts with --prompt or --captions")
        }
        let lines = String(decoding: data, as: UTF8.self).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            guard let read = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)),
                let name = read.file ?? read.video ?? read.path ?? read.name, let words = read.caption ?? read.prompt ?? read.text
            else { throw UsageError("\(path), line \(number + 1): it must be such as {\"file\": \"a.mp4\", \"caption\": \"a candle is burning\"}") }
            captions[name] = words
        }
    }

    /// The caption of a video, by its path below the folder or its name alone.
    func caption(of name: String) -> String? {
        captions[name] ?? captions[(name as NSString).lastPathComponent]
            ?? captions[((name as NSString).lastPathComponent as NSString).deletingPathExtension]
    }
}
