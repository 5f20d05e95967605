#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Video

/// A clip made of one captioned picture: a cut-out before a drawn background, moving a little, or a whole
/// photograph; the camera pans, zooms or stands still (VidRD, arXiv 2309.03549, section 4.1).
struct PictureClip: Sendable {
    enum Backdrop: String, CaseIterable, Sendable {
        case meadow, beach, snow, city, desert, forest, sky, plain, table

        var landscape: Landscape.Place? { Landscape.Place(rawValue: rawValue) }

        var phrase: String {
            switch self {
            case .sky: return "in the blue sky"
            case .plain: return "before a plain background"
            case .table: return "on a wooden table"
            default: return landscape?.phrase ?? ""
            }
        }
    }

    enum Movement: String, Sendable {
        case still, sway, drift, hop, turn
    }

    let sprite: Sprite
    let name: String
    let caption: String
    let labels: SceneLabels
    private let backdrop: Backdrop
    private let landscape: Landscape?
    private let sky: Sky
    private let motion: Movement
    private let camera: Camera
    private let tint: Color
    private let side: Float
    private let tall: Float
    private let place: Float
    private let start: Double

    /// - Parameters:
    ///   - name: what the picture shows, as captions say it.
    ///   - seconds: the clip's length, for the camera.
    init(sprite: Sprite, name: String, seconds: Float, random: inout SceneRandom) {
        self.sprite = sprite
        self.name = name
        backdrop = random.pick([.meadow, .meadow, .beach, .snow, .city, .desert, .forest, .sky, .plain, .plain, .plain, .table])
        let time = random.pick([TimeOfDay.day, .day, .day, .sunset, .dawn])
        landscape = backdrop.landscape.map { Landscape($0, time, foot: 0.84, random: &random) }
        sky = Sky(time: time, horizon: 0.95, random: &random)
        motion = sprite.isOpaque ? .still : random.pick([.still, .sway, .sway, .drift, .hop, .turn])
        // A moving thing and a panning camera lose each other.
        let move = motion == .drift
            ? random.pick([Camera.Move.still, .still, .zoomIn, .zoomOut])
            : random.pick([Camera.Move.still, .panLeft, .panRight, .panUp, .panDown, .zoomIn, .zoomIn, .zoomOut])
        camera = Camera(motion == .still && move == .still ? .zoomIn : move, seconds: seconds, random: &random)
        tint = random.pick([.hex(0xB8D0E0), .hex(0xE0D0B8), .hex(0xD0E0B8), .hex(0xE0C0C8), .hex(0x506080), .hex(0xF0F0F0), .hex(0x2C2C34)])
        side = random.sign()
        let wide = Float(sprite.width) / Float(sprite.height)
        tall = min(random.range(0.5, 0.68), 0.74 / wide)
        place = random.range(0.44, 0.56)
        start = Double(random.unit() * 60)
        let others = ["subject": name, "place": sprite.isOpaque ? "none" : backdrop.rawValue, "motion": motion.rawValue].filter { $0.value != "none" }
        labels = SceneLabels(
            family: "picture", time: landscape == nil ? nil : time.rawValue, weather: landscape == nil ? nil : SceneWeather.clear.rawValue,
            camera: camera.move.rawValue, others: others)
        caption = PictureClip.caption(name, sprite.isOpaque ? nil : backdrop, landscape == nil ? nil : time, camera, &random)
    }

    private static func caption(_ name: String, _ backdrop: Backdrop?, _ time: TimeOfDay?, _ camera: Camera, _ random: inout SceneRandom) -> String {
        var parts = [random.pick([name, name, name, "a picture of \(name)", "close up of \(name)"])]
        if let backdrop, random.chance(0.6) { parts.append(backdrop.phrase) }
        if let time, random.chance(0.3) { parts.append(time.phrase) }
        if random.chance(camera.statedShare) { parts.append(random.pick(camera.phrases)) }
        return parts.joined(separator: " ")
    }

    /// Draws frame number `index` of `count` at `fps` frames a second.
    func draw(_ index: Int, of count: Int, fps: Double, into canvas: Canvas) {
        let seconds = start + Double(index) / fps
        canvas.look(camera.view(count > 1 ? Float(index) / Float(count - 1) : 0), others: [camera.start, camera.end])
        defer { canvas.look(.whole) }
        if sprite.isOpaque { return drawWhole(canvas) }
        drawBackdrop(seconds, canvas)
        let floor: Float = landscape != nil ? 0.86 : backdrop == .table ? 0.84 : 0.5 + tall / 2
        var x = place, y = floor - tall / 2, angle: Float = 0, size = tall
        switch motion {
        case .still: break
        case .sway: angle = 0.09 * sin(Motion.angle(seconds, hertz: 0.45))
        case .drift: x += side * 0.24 * sin(Motion.angle(seconds, hertz: 0.14))
        case .hop: y -= 0.13 * abs(sin(Motion.angle(seconds, hertz: 0.55)))
        case .turn: size *= 1 + 0.1 * sin(Motion.angle(seconds, hertz: 0.3))
        }
        if landscape != nil || backdrop == .table {
            let half = tall * Float(sprite.width) / Float(sprite.height) * 0.42
            canvas.ellipse(x, floor, half, half * 0.14, .hex(0x0A0C14), softness: 0.03, opacity: 0.35)
        }
        // Never mirrored: there may be letters on it.
        sprite.draw(canvas, x: x, y: y, tall: size, angle: angle, light: landscape?.time.subjectLight ?? .grey(1))
    }

    /// A photograph fills all that the camera comes to see.
    private func drawWhole(_ canvas: Canvas) {
        let wide = Float(sprite.width) / Float(sprite.height)
        let height = max(canvas.bottom - canvas.top, (canvas.right - canvas.left) / wide) * 1.001
        sprite.draw(canvas, x: (canvas.left + canvas.right) / 2, y: (canvas.top + canvas.bottom) / 2, tall: height)
    }

    private func drawBackdrop(_ seconds: Double, _ canvas: Canvas) {
        if let landscape { return landscape.draw(seconds, travel: start, into: canvas) }
        switch backdrop {
        case .sky: sky.draw(time: seconds, into: canvas)
        case .table:
            canvas.gradient([(canvas.top, tint * 0.9), (0.7, tint * 0.6)])
            canvas.paint(top: 0.7) { x, y, pixel in
                pixel = Color.hex(0x8A5228) * ((0.8 + 0.36 * Noise.value(x * 3 + 5, y * 55)) * (1.15 - 0.8 * abs(x - 0.4)))
            }
        default:
            canvas.paint { x, y, pixel in
                let dx = x - 0.4, dy = y - 0.35
                pixel = tint * (1.05 - 0.45 * (dx * dx + dy * dy))
            }
        }
    }

    /// All frames.
    func render(frames: Int, fps: Double, width: Int, height: Int) -> CaptionedClip {
        let canvas = Canvas(width: width, height: height)
        let pictures = (0..<frames).map { index -> Frame in
            draw(index, of: frames, fps: fps, into: canvas)
            return canvas.frame()
        }
        return CaptionedClip(frames: pictures, caption: caption, family: "picture", attributes: labels.others, labels: labels)
    }
}
