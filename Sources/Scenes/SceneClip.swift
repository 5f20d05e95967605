import Video

/// A clip that is described but not yet drawn: frames are drawn when asked for, in any order.
public struct SceneClip: Sendable {
    public let family: String
    public let caption: String
    public let attributes: [String: String]
    public let scene: any Scene
    /// When the clip begins within the scene, in seconds.
    public let start: Double
    public let frameCount: Int
    public let framesPerSecond: Double
    public let width: Int
    public let height: Int

    /// Draws frame number `index` on a canvas, which may be of any size and is drawn over wholly.
    public func draw(_ index: Int, into canvas: Canvas) {
        scene.draw(time: start + Double(index) / framesPerSecond, into: canvas)
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
        return CaptionedClip(frames: frames, caption: caption, family: family, attributes: attributes)
    }
}

/// A clip with the words that describe it.
public struct CaptionedClip: Sendable {
    public let frames: [Frame]
    public let caption: String
    public let family: String
    public let attributes: [String: String]

    public init(frames: [Frame], caption: String, family: String, attributes: [String: String]) {
        self.frames = frames
        self.caption = caption
        self.family = family
        self.attributes = attributes
    }
}
