import Video

/// A clip that is described but not yet drawn: frames are drawn when asked for, in any order.
public struct SceneClip: Sendable {
    public let family: String
    public let caption: String
    public let attributes: [String: String]
    public let labels: SceneLabels
    public let scene: any Scene
    public let camera: Camera
    public let weather: SceneWeather
    public let companion: SceneCompanion?
    /// The seed that the scene was drawn up from; no two lists of `SceneCatalog` share one.
    public let sceneSeed: UInt64
    /// When the clip begins within the scene, in seconds.
    public let start: Double
    public let frameCount: Int
    public let framesPerSecond: Double
    public let width: Int
    public let height: Int

    /// Draws frame number `index` on a canvas, which may be of any size and is drawn over wholly.
    public func draw(_ index: Int, into canvas: Canvas) {
        draw(index, drawsCompanion: true, into: canvas)
    }

    /// The same, where wanted without the companion: what it covers is what differs.
    package func draw(_ index: Int, drawsCompanion: Bool, into canvas: Canvas) {
        let time = start + Double(index) / framesPerSecond
        let share = frameCount > 1 ? Float(index) / Float(frameCount - 1) : 0
        canvas.look(camera.view(share), others: [camera.start, camera.end])
        defer { canvas.look(.whole) }
        canvas.clearMarks()
        scene.draw(time: time, into: canvas)
        let light = scene.lightTime
        if drawsCompanion {
            let seconds = Float(Double(max(0, frameCount - 1)) / framesPerSecond)
            companion?.draw(time: time, share: share, seconds: seconds, light: light, seed: sceneSeed, into: canvas)
        }
        weather.draw(time: time, light: light, seed: sceneSeed ^ 0x3EA7, into: canvas)
    }

    /// Frame number `index`, at the clip's size.
    public func frame(_ index: Int) -> Frame {
        let canvas = Canvas(width: width, height: height)
        draw(index, into: canvas)
        return canvas.frame()
    }

    /// All frames.
    public func render() -> CaptionedClip {
        let canvas = Canvas(width: width, height: height)
        let frames = (0..<frameCount).map { index in
            draw(index, into: canvas)
            return canvas.frame()
        }
        return CaptionedClip(frames: frames, caption: caption, family: family, attributes: attributes, labels: labels)
    }
}

/// A clip with the words that describe it.
public struct CaptionedClip: Sendable {
    public let frames: [Frame]
    public let caption: String
    public let family: String
    public let attributes: [String: String]
    /// nil for clips that are not drawn by this module.
    public let labels: SceneLabels?

    public init(frames: [Frame], caption: String, family: String, attributes: [String: String], labels: SceneLabels? = nil) {
        self.frames = frames
        self.caption = caption
        self.family = family
        self.attributes = attributes
        self.labels = labels
    }
}
