#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A planet that turns in space, with a ring or a moon or alone.
struct Planet: Scene {
    static let family = "planet"

    enum Kind: String, Sendable, CaseIterable {
        case blue, red, orange, purple, green

        /// Worlds with seas and clouds, bare rock, or bands of gas.
        fileprivate var surface: Surface {
            switch self {
            case .blue, .green: return .seas
            case .red: return .rock
            case .orange, .purple: return .gas
            }
        }
    }

    fileprivate enum Surface {
        case seas, rock, gas
    }

    enum Company: String, Sendable, CaseIterable {
        case alone = "none", ring, moon

        var phrase: String {
            switch self {
            case .alone: return ""
            case .ring: return " with a ring"
            case .moon: return " with a small moon"
            }
        }
    }

    let kind: Kind
    let company: Company
    private let seed: UInt64
    private let x: Float
    private let y: Float
    private let radius: Float
    private let hertz: Double
    private let tilt: Float
    private let nebula: Color

    init(random: inout SceneRandom) {
        kind = random.pick([.blue, .blue, .red, .orange, .purple, .green])
        company = random.pick(Company.allCases)
        seed = random.next()
        x = random.range(0.46, 0.54)
        y = random.range(0.46, 0.54)
        radius = company == .ring ? random.range(0.24, 0.27) : random.range(0.29, 0.35)
        hertz = Double(random.range(0.035, 0.055))
        tilt = random.range(-0.4, 0.4)
        nebula = random.pick([.hex(0x3A1C5A), .hex(0x14305C), .hex(0x4A1C30), .hex(0x10404A)])
    }

    var attributes: [String: String] { ["colour": kind.rawValue, "company": company.rawValue] }

    var captions: [String] {
        let thing = Wording.article("\(kind.rawValue) planet") + company.phrase
        return [
            "\(thing) is turning in space",
            "\(thing) rotating slowly among the stars",
            "\(thing) floats in dark space",
            "a view from space of \(thing) turning",
            "\(thing) spins before the stars",
        ]
    }

    var prompts: [String] { ["a planet in space", "a planet is turning in space"] }

    private static let light: (x: Float, y: Float, z: Float) = (-0.62, -0.38, 0.686)

    var paraphrases: [String] {
        [
            "a planet",
            "a rotating planet",
            "a turning globe",
            "a world in space",
            "a planet turns",
            "a \(kind.rawValue) planet",
            "a planet among the stars",
            "outer space",
            "the universe",
            "a planet seen from space",
            "space with a planet",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        drawSpace(seconds, canvas)
        let angle = Motion.angle(seconds, hertz: 0.07, start: SceneRandom.hash(seed, 3))
        let behind = sin(angle) < 0
        if company == .moon, behind { drawMoon(canvas, angle) }
        if company == .ring { drawRing(canvas, front: false) }
        drawGlobe(seconds, canvas)
        if company == .ring { drawRing(canvas, front: true) }
        if company == .moon, !behind { drawMoon(canvas, angle) }
    }

    private func drawSpace(_ seconds: Double, _ canvas: Canvas) {
        let offset = SceneRandom.hash(seed, 1) * 16
        canvas.paint { px, py, pixel in
            let cloud = Noise.fractal(px * 1.1 + offset, py * 1.1 + px * 0.5)
            pixel = .hex(0x03040C) + nebula * (smooth(0.35, 0.9, cloud) * 0.55)
        }
        let count = Int(42 * (canvas.right - canvas.left) * (canvas.bottom - canvas.top))
        for i in 0..<count {
            let px = canvas.left + SceneRandom.hash(seed, i, 40) * (canvas.right - canvas.left)
            let py = canvas.top + SceneRandom.hash(seed, i, 41) * (canvas.bottom - canvas.top)
            let size = SceneRandom.hash(seed, i, 42)
            let twinkle = 0.75 + 0.25 * sin(Motion.angle(seconds, hertz: 0.2 + 0.3 * Double(size), start: SceneRandom.hash(seed, i, 43)))
            let tint = mix(.hex(0xFFE6C8), .hex(0xD0DEFF), SceneRandom.hash(seed, i, 44))
            canvas.disc(px, py, radius: 0.005 + 0.006 * size * size, tint, opacity: twinkle * (0.4 + 0.6 * size), softness: 0.006)
        }
    }

    private var air: Color {
        switch kind {
        case .blue: return .hex(0x6AB4FF)
        case .red: return .hex(0xFF7A5A)
        case .orange: return .hex(0xFFC080)
        case .purple: return .hex(0xC890FF)
        case .green: return .hex(0x90F0B0)
        }
    }

    private func drawGlobe(_ seconds: Double, _ canvas: Canvas) {
        let light = Planet.light
        canvas.glow(x + light.x * 0.05, y + light.y * 0.05, radius: radius * 1.55, air * 0.3)
        // A whole turn is exactly one period of the noise, so it closes without a seam.
        let turn = Motion.scroll(seconds, speed: hertz * 16, period: 16) + SceneRandom.hash(seed, 5) * 16
        let drift = Motion.scroll(seconds, speed: hertz * 16 * 1.25, period: 16)
        let c = cos(tilt), s = sin(tilt)
        canvas.ellipse(x, y, radius, radius) { u, v in
            let z = max(0, 1 - u * u - v * v).squareRoot()
            let east = u * c + v * s, south = v * c - u * s
            let longitude = atan2(east, z) * (16 / (2 * .pi))
            let latitude = asin(max(-1, min(1, south))) * (16 / (2 * .pi))
            var color = surface(longitude + turn, latitude, drift + longitude)
            let day = u * light.x + v * light.y + z * light.z
            let lit = smooth(-0.16, 0.75, day)
            color *= 0.02 + 1.12 * lit
            if kind.surface == .seas {
                let shine = max(0, u * -0.36 + v * -0.22 + z * 0.906)
                let glint = shine * shine * shine * shine
                color += Color.grey(0.1 * glint * glint * glint)
            }
            // The air scatters light towards the rim.
            let rim = 1 - z
            return mix(color, air * (0.9 * lit), rim * rim * 0.7)
        }
    }

    /// The colour of the ground at a longitude and latitude, both in noise units.
    @inline(__always)
    private func surface(_ longitude: Float, _ latitude: Float, _ drift: Float) -> Color {
        let pole = smooth(2.9, 3.4, abs(latitude) + 0.5 * (Noise.fractal(longitude, 3) - 0.5))
        switch kind.surface {
        case .seas:
            let height = Noise.fractal(longitude, latitude + 7)
            let isBlue = kind == .blue
            let sea: Color = isBlue ? .hex(0x1A5CC8) : .hex(0x1E8C6A)
            let shore: Color = isBlue ? .hex(0x2E8AE0) : .hex(0x38B084)
            let plain: Color = isBlue ? .hex(0x4A9A48) : .hex(0x9CC850)
            let hill: Color = isBlue ? .hex(0xB09A60) : .hex(0x4E9A3C)
            var color = mix(sea, shore, smooth(0.36, 0.52, height))
            color = mix(color, mix(plain, hill, smooth(0.6, 0.75, height)), smooth(0.52, 0.555, height))
            color = mix(color, .hex(0xF4F8FF), pole)
            let cloud = Noise.fractal(drift + 4, latitude * 1.6 + 2)
            return mix(color, .hex(0xFFFFFF), smooth(0.56, 0.74, cloud) * 0.9)
        case .rock:
            let height = Noise.fractal(longitude, latitude + 3)
            let detail = Noise.fractal(longitude * 2, latitude * 2 + 9)
            var color = mix(.hex(0x8A1C10), .hex(0xE05030), smooth(0.3, 0.7, height))
            color *= 0.75 + 0.5 * detail
            return mix(color, .hex(0xFFF0E8), pole)
        case .gas:
            let swirl = Noise.fractal(longitude, latitude * 2) - 0.5
            let band = Noise.value(latitude * 1.5 + swirl * 0.8 + 40, 4.5)
            let fine = Noise.value(latitude * 3.4 + swirl * 1.3 + 9, 8.5)
            let isOrange = kind == .orange
            let dark: Color = isOrange ? .hex(0xC4540C) : .hex(0x5C2E9C)
            let pale: Color = isOrange ? .hex(0xFFB45C) : .hex(0xC890F0)
            var color = mix(dark, pale, smooth(0.2, 0.8, band * 0.65 + fine * 0.35))
            // One great storm.
            let dx = wrap(longitude + 8, 16) - 8, dy = (latitude - 1.1) * 2
            let spot = smooth(1.0, 0.6, (dx * dx + dy * dy).squareRoot())
            color = mix(color, isOrange ? .hex(0xC02C10) : .hex(0xF070C0), spot * 0.85)
            return color
        }
    }

    private func drawRing(_ canvas: Canvas, front: Bool) {
        let c = cos(tilt - 0.12), s = sin(tilt - 0.12)
        let flat: Float = 0.27
        let outer = radius * 1.95, inner = radius * 1.22
        let color = mix(air, .hex(0xF0DEC0), 0.55)
        let light = Planet.light
        canvas.paint(left: x - outer, right: x + outer, top: y - outer * 0.8, bottom: y + outer * 0.8) { px, py, pixel in
            let dx = px - x, dy = py - y
            let u = dx * c + dy * s, v = (dy * c - dx * s) / flat
            if (v > 0) != front { return }
            let far = (u * u + v * v).squareRoot()
            let amount = smooth(inner, inner + 0.02, far) * smooth(outer, outer - 0.02, far)
            if amount <= 0 { return }
            let band = Noise.value((far - inner) / radius * 11 + 3, 6.5)
            let gap = smooth(0, 0.014, abs(far - radius * 1.66))
            var shade: Float = 0.5 + 0.6 * band
            // The planet's shadow lies on the ring where it is behind the planet, away from the sun.
            let along = u * light.x + v * light.y
            if along < 0 {
                let across = abs(u * light.y - v * light.x) / 0.727
                shade *= 0.2 + 0.8 * smooth(radius * 0.8, radius * 1.1, across)
            }
            pixel = mix(pixel, color * shade, amount * gap * (0.55 + 0.4 * band))
        }
    }

    private func drawMoon(_ canvas: Canvas, _ angle: Float) {
        let orbit = radius + 0.12
        let mx = x + cos(angle) * orbit, my = y + sin(angle) * orbit * 0.28 - cos(angle) * 0.07
        let size = 0.052 * (1 + 0.18 * sin(angle))
        canvas.ellipse(mx, my, size, size) { u, v in
            let z = max(0, 1 - u * u - v * v).squareRoot()
            let day = smooth(-0.1, 0.8, u * Planet.light.x + v * Planet.light.y + z * Planet.light.z)
            let crater = Noise.value(u * 2.2 + 5, v * 2.2 + 3)
            return Color.hex(0xD0CCC4) * ((0.02 + 1.05 * day) * (0.72 + 0.4 * crater))
        }
    }
}
