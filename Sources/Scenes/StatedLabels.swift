extension SceneClip {
    /// The labels that the caption says, the others nil: what may be asked of a video that was made from the caption.
    ///
    /// Sentences of `captions` state all attributes; of other phrasings only what they name in words counts. The family
    /// is always asked for.
    public var statedLabels: SceneLabels {
        let said = Self.words(caption)
        let saysAll = scene.captions.contains { Self.contains(said, Self.words($0)) }
        func isSaid(_ attribute: String, _ words: [String]) -> Bool {
            (saysAll && scene.attributes[attribute] != nil) || (!words.isEmpty && words.allSatisfy { said.contains(Substring($0)) })
        }
        let colour = labels.colour.flatMap { colour in
            isSaid("colour", colour.split(separator: " ").map(String.init).filter { $0 != "and" }) ? colour : nil
        }
        // "a" says one only where the whole sentence is of the kind that tells the number.
        let count = labels.count.flatMap { isSaid("count", [Wording.number($0)]) ? $0 : nil }
        let time = labels.time.flatMap { isSaid("time", [$0]) ? $0 : nil }
        return SceneLabels(family: labels.family, colour: colour, count: count, time: time, camera: labels.camera)
    }

    private static func words(_ text: String) -> [Substring] {
        // Articles come and go on the way from a scene's sentence to a caption.
        text.split(separator: " ").filter { !["a", "an", "the"].contains($0) }
    }

    private static func contains(_ words: [Substring], _ part: [Substring]) -> Bool {
        guard !part.isEmpty, part.count <= words.count else { return false }
        return (0...words.count - part.count).contains { Array(words[$0..<$0 + part.count]) == part }
    }
}
