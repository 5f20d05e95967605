/// Another prompt from some frame on.
///
/// A stretch of frames (`PieceGraph`) has one prompt, so it changes with the first one that begins at or after `frame`.
public struct PromptChange: Codable, Equatable, Sendable {
    /// The first frame of a video is 0, and its prompt is not changed: 1 or more.
    public var frame: Int
    public var prompt: String

    public init(frame: Int, prompt: String) {
        self.frame = frame
        self.prompt = prompt
    }
}

/// The prompts of a video's stretches: of its clips, where each clip is one.
public struct PromptPlan: Equatable, Sendable {
    /// A prompt and the first stretch, counted from 1, and frame that have it.
    public struct Part: Equatable, Sendable {
        public let clip: Int
        public let frame: Int
        public let prompt: String
    }

    /// In the order of the video; the first begins with clip 1.
    public let parts: [Part]

    /// Longer texts than this are no prompts but files that took their place: models read some dozens of words.
    public static let longestPrompt = 10_000

    /// Throws `GenerationError.invalidOption` for changes that no clip of the video begins with.
    public init(_ settings: GenerationSettings) throws {
        let graph = try settings.graph(), clips = graph.stretches(for: settings.length)
        var parts = [Part(clip: 1, frame: 0, prompt: settings.prompt)]
        for change in settings.promptChanges.sorted(by: { $0.frame < $1.frame }) {
            let stretch = graph.stretch(from: change.frame), clip = stretch + 1, frame = graph.frames(of: stretch).lowerBound
            guard change.frame >= 1, clip <= clips else {
                let last = graph.frames(of: clips - 1).lowerBound
                throw GenerationError.invalidOption(
                    name: "frame of a prompt change", found: "\(change.frame)",
                    allowed: last == 0 ? "none, because the video is a single clip" : "1 to \(last), where the last clip begins")
            }
            guard parts.last?.clip != clip else {
                throw GenerationError.invalidOption(
                    name: "frame of a prompt change", found: "\(change.frame)",
                    allowed: "one change for each clip, and there is one at frame \(frame) already")
            }
            parts.append(Part(clip: clip, frame: frame, prompt: change.prompt))
        }
        for text in parts.map(\.prompt) + [settings.negativePrompt] where text.utf8.count > Self.longestPrompt {
            throw GenerationError.invalidOption(
                name: "prompt", found: "a text of \(text.utf8.count) bytes", allowed: "up to \(Self.longestPrompt) bytes")
        }
        self.parts = parts
    }

    /// The part that a stretch, counted from 0, belongs to.
    func index(of stretch: Int) -> Int { parts.lastIndex { $0.clip <= stretch + 1 } ?? 0 }

    /// The prompt of a stretch, counted from 0.
    public func prompt(of stretch: Int) -> String { parts[index(of: stretch)].prompt }
}
