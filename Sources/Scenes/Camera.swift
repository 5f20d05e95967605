#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the camera does during a clip: it stands still, pans or zooms at an even pace.
public struct Camera: Sendable {
    /// The raw values are what labels say.
    public enum Move: String, CaseIterable, Codable, Sendable {
        case still = "static", panLeft = "pan left", panRight = "pan right", panUp = "pan up", panDown = "pan down",
            zoomIn = "zoom in", zoomOut = "zoom out"
    }

    public let move: Move
    /// What it sees at the beginning and at the end of a clip.
    let start, end: Canvas.View

    /// The neutral camera: the whole scene, unmoved.
    public static let neutral = Camera(move: .still, start: .whole, end: .whole)

    private init(move: Move, start: Canvas.View, end: Canvas.View) {
        self.move = move
        self.start = start
        self.end = end
    }

    /// A camera of this move for a clip of `seconds`, its speed and its framing drawn from `random`. Still
    /// cameras stand a little nearer or farther, so that subjects are met at several sizes and places. `reach` (0 to 1)
    /// is how much of all that there is: little where things stand side by side and are counted.
    init(_ move: Move, seconds: Float, reach: Float = 1, random: inout SceneRandom) {
        var view = Canvas.View(
            x: 0.5 + reach * random.range(-0.06, 0.06), y: 0.5 + reach * random.range(-0.03, 0.03), scale: mix(1.04, random.range(0.9, 1.06), reach))
        let way = min(0.7, random.range(0.12, 0.27) * seconds) * reach
        // Where on the way the middle of the scene is met: mostly halfway, so that subjects stay in view,
        // at times near an end, so that they come in or go out.
        let meeting = random.chance(0.3) ? random.range(0, 1) : random.range(0.35, 0.65)
        let small = mix(1, max(0.5, pow(random.range(0.78, 0.89), seconds)), reach)
        switch move {
        case .still:
            self.init(move: move, start: view, end: view)
        case .panLeft, .panRight:
            let side: Float = move == .panRight ? 1 : -1
            view.x -= side * way * meeting
            var other = view
            other.x += side * way
            self.init(move: move, start: view, end: other)
        case .panUp, .panDown:
            let side: Float = move == .panDown ? 1 : -1
            view.scale = min(view.scale, 0.96)
            view.y -= side * way * 0.4
            var other = view
            other.y += side * way * 0.8
            self.init(move: move, start: view, end: other)
        case .zoomIn, .zoomOut:
            var near = Canvas.View(x: view.x, y: 0.53 + random.range(-0.03, 0.03), scale: small * 1.03)
            near.x = mix(0.5, near.x, 0.5)
            let wide = Canvas.View(x: 0.5, y: 0.5, scale: random.range(1, 1.06) + 0.12 * (1 - reach))
            self.init(move: move, start: move == .zoomIn ? wide : near, end: move == .zoomIn ? near : wide)
        }
    }

    /// How often each move is drawn: mostly none.
    static func draw(seconds: Float, reach: Float = 1, random: inout SceneRandom) -> Camera {
        let move: Move
        switch random.unit() {
        case ..<0.6: move = .still
        case ..<0.7: move = .panLeft
        case ..<0.8: move = .panRight
        case ..<0.83: move = .panUp
        case ..<0.86: move = .panDown
        case ..<0.94: move = .zoomIn
        default: move = .zoomOut
        }
        if move == .still, random.chance(0.4) { return .neutral }
        return Camera(move, seconds: seconds, reach: reach, random: &random)
    }

    /// What it sees at `share` (0...1) of the clip. Zooms go by equal factors, as the eye expects.
    func view(_ share: Float) -> Canvas.View {
        guard move != .still else { return start }
        var view = start
        if start.scale != end.scale {
            view.scale = start.scale * exp(log(end.scale / start.scale) * share)
            let moved = (view.scale - start.scale) / (end.scale - start.scale)
            view.x = mix(start.x, end.x, moved)
            view.y = mix(start.y, end.y, moved)
        } else {
            view.x = mix(start.x, end.x, share)
            view.y = mix(start.y, end.y, share)
        }
        return view
    }

    /// How captions tell of the move.
    var phrases: [String] {
        switch move {
        case .still: return ["static shot", "static camera", "the camera stands still", "fixed camera", "the camera does not move"]
        case .zoomIn: return ["zoom in", "zooming in", "the camera zooms in", "slow zoom in", "the camera moves closer", "with a zoom in"]
        case .zoomOut: return ["zoom out", "zooming out", "the camera zooms out", "slow zoom out", "the camera moves away", "with a zoom out"]
        case .panLeft, .panRight, .panUp, .panDown:
            let way = move == .panLeft ? "left" : move == .panRight ? "right" : move == .panUp ? "up" : "down"
            let toWay = move == .panLeft || move == .panRight ? "to the \(way)" : way
            return [
                "the camera pans \(toWay)", "pan \(way)", "panning \(toWay)", "the camera moves \(toWay)", "with a slow pan \(toWay)",
                "slow pan \(toWay)", "camera panning \(way)",
            ]
        }
    }

    /// The same as part of a longer sentence, after what else is told: "… with birds in the sky as the camera pans left".
    var clauses: [String] {
        switch move {
        case .still: return ["with a static camera", "while the camera stands still", "as the camera does not move", "with a fixed camera"]
        case .zoomIn: return ["as the camera zooms in", "while the camera moves closer", "with a slow zoom in", "with the camera zooming in"]
        case .zoomOut: return ["as the camera zooms out", "while the camera moves away", "with a slow zoom out", "with the camera zooming out"]
        case .panLeft, .panRight, .panUp, .panDown:
            let way = move == .panLeft ? "left" : move == .panRight ? "right" : move == .panUp ? "up" : "down"
            let toWay = move == .panLeft || move == .panRight ? "to the \(way)" : way
            return [
                "as the camera pans \(way)", "while the camera pans \(toWay)", "with a slow pan \(toWay)", "with the camera panning \(way)",
                "while the camera moves \(toWay)",
            ]
        }
    }

    /// How often a caption tells of the move: nearly always of a moving camera, seldom of a still one.
    var statedShare: Float { move == .still ? 0.08 : 0.87 }
}
