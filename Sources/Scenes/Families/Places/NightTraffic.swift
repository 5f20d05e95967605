#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Cars on a wide road at night, seen from above the road: white lamps come, red ones go.
struct NightTraffic: Scene {
    static let family = "night traffic"

    let heavy: Bool
    let sky: NamedColor
    private let seed: UInt64
    private let speed: Double
    private static let vanish: Float = 0.42

    init(random: inout SceneRandom) {
        heavy = random.chance(0.5)
        sky = random.pick([.blue, .purple, .orange, .black])
        seed = random.next()
        speed = Double(random.range(0.5, 0.8))
    }

    var attributes: [String: String] { ["traffic": heavy ? "heavy" : "light", "colour": sky.rawValue] }

    var captions: [String] {
        let traffic = heavy ? "heavy traffic" : "light traffic", above = "under \(Wording.article(sky.rawValue)) sky"
        return [
            "\(traffic) on a city road at night \(above)", "cars drive on a road in \(traffic) at night \(above)", "a city street with \(traffic) at night \(above)",
            "lights of cars in \(traffic) on a highway at night \(above)", "at night \(traffic) moves through the city \(above)",
        ]
    }

    var prompts: [String] { ["city traffic at night", "cars on a road at night"] }

    var paraphrases: [String] {
        [
            "traffic at night", "night traffic in a city", "car lights at night", "red and white lights of cars", "a busy road at night", "cars drive through the city at night",
            "a highway at night", "headlights and tail lights", "rush hour in the city", "a city at night", "timelapse of traffic at night",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog, .snow] }
    var lightTime: TimeOfDay? { .night }

    func draw(time seconds: Double, into canvas: Canvas) {
        let glow: Color
        switch sky {
        case .blue: glow = .hex(0x24408C)
        case .purple: glow = .hex(0x5A2C80)
        case .orange: glow = .hex(0xB8602C)
        default: glow = .hex(0x14161E)
        }
        canvas.gradient([(canvas.top, glow * 0.12 + .hex(0x04050C)), (NightTraffic.vanish, glow * 0.9)])
        drawCity(canvas, glow)
        // The road and its lines, in perspective.
        let road = Color.hex(0x1E2026) + glow * 0.05
        canvas.gradient([(NightTraffic.vanish, road * 1.2), (1, road)], top: NightTraffic.vanish + 0.02)
        let travel = Motion.scroll(seconds, speed: speed * 0.5)
        canvas.paint(top: NightTraffic.vanish + 0.02) { x, y, pixel in
            let depth = y - NightTraffic.vanish
            let across = (x - 0.5) / depth
            if abs(across) > 1.32 {
                pixel = mix(Color.hex(0x10140F), glow * 0.2, 0.3)
                return
            }
            let far = 0.3 / depth
            let dash = wrap(far * 3 + travel, 1) < 0.5
            let soft = 0.012 / depth
            if abs(across) < 0.035 + soft { pixel = mix(pixel, .hex(0xD8B040) * 0.5, 0.8) }
            if dash, abs(abs(across) - 0.62) < 0.02 + soft * 0.3 { pixel = .hex(0xB8B8B4) * 0.5 }
            if abs(abs(across) - 1.28) < 0.025 { pixel = .hex(0xB8B8B4) * 0.45 }
        }
        drawLamps(seconds, canvas)
        drawCars(seconds, canvas)
    }

    private func drawCity(_ canvas: Canvas, _ glow: Color) {
        let step: Float = 0.095
        var index = Int((canvas.left / step).rounded(.down)) - 1
        while Float(index) * step < canvas.right {
            let x = (Float(index) + 0.5) * step
            let tall = 0.07 + 0.26 * SceneRandom.hash(seed, index, 1) * (0.35 + abs(x - 0.5) * 1.4)
            canvas.box(x, 0.45 - tall / 2, halfWidth: 0.045, halfHeight: tall / 2, .hex(0x0A0C16) + glow * 0.14)
            for row in 0..<8 where Float(row) * 0.036 < tall - 0.03 {
                for column in 0..<2 where SceneRandom.hash(seed, index &* 64 &+ row &* 2 &+ column, 2) < 0.55 {
                    canvas.box(
                        x + (Float(column) - 0.5) * 0.042, 0.475 - tall + Float(row) * 0.036, halfWidth: 0.011, halfHeight: 0.009,
                        SceneRandom.hash(seed, index &* 64 &+ row, 3) < 0.7 ? .hex(0xFFC860) : .hex(0x9AC8FF))
                }
            }
            index += 1
        }
    }

    private func drawLamps(_ seconds: Double, _ canvas: Canvas) {
        for k in 0..<6 {
            let far = Float(5 - k) + 1
            let depth = 0.62 / (0.5 + far)
            for side in [Float(-1), 1] {
                let x = 0.5 + side * depth * 1.42, foot = NightTraffic.vanish + depth, top = foot - depth * 0.95
                canvas.line(x, foot, x, top, width: 0.02 * depth + 0.004, .hex(0x30343C))
                canvas.line(x, top, x - side * depth * 0.16, top - depth * 0.02, width: 0.016 * depth + 0.003, .hex(0x30343C))
                canvas.glow(x - side * depth * 0.16, top, radius: 0.14 * depth + 0.02, .hex(0xFFB050) * 0.9)
                canvas.disc(x - side * depth * 0.16, top, radius: 0.022 * depth + 0.004, .hex(0xFFE0A0) * 1.6)
            }
        }
    }

    private func drawCars(_ seconds: Double, _ canvas: Canvas) {
        let spacing = heavy ? 1.6 : 3.2
        for lane in 0..<4 {
            let coming = lane < 2
            let across: Float = [-0.95, -0.33, 0.33, 0.95][lane]
            let pace = speed * (lane == 0 || lane == 3 ? 0.85 : 1.15) * 2.2
            let travel = coming ? seconds * pace : -seconds * pace * 0.55
            let offset = Double(SceneRandom.hash(seed, lane, 5)) * spacing
            var cars: [(Int, Float)] = []
            Motion.roadside(travel: travel + offset, spacing: spacing, from: 0.12, to: 9) { index, z in cars.append((index, z)) }
            for (index, z) in cars.reversed() {
                let far = z + 0.5 * SceneRandom.hash(seed, index &* 4 &+ lane, 6)
                let depth = 0.62 / (0.5 + far)
                let x = 0.5 + across * depth, y = NightTraffic.vanish + depth
                let half = 0.29 * depth
                let paint = mix(Color.hex(0x3A4458), .hex(0x6A3A48), SceneRandom.hash(seed, index &* 4 &+ lane, 7))
                canvas.box(x, y - half * 0.42, halfWidth: half, halfHeight: half * 0.34, radius: half * 0.16, paint)
                canvas.box(x, y - half * 0.85, halfWidth: half * 0.72, halfHeight: half * 0.3, radius: half * 0.2, paint * 0.7 + .hex(0x1A2434) * 0.6)
                let lamp = coming ? Color.hex(0xFFF6DC) * 1.8 : Color.hex(0xFF2418) * 1.5
                for side in [Float(-1), 1] {
                    canvas.disc(x + side * half * 0.72, y - half * 0.4, radius: max(0.005, half * 0.2), lamp, softness: half * 0.1)
                    canvas.glow(x + side * half * 0.72, y - half * 0.4, radius: half * (coming ? 0.6 : 0.5) + 0.014, lamp * 0.3)
                }
                // Their light on the road.
                canvas.glow(x, y + half * 0.5, radius: half * 1.3, lamp * 0.13, stretch: 0.9)
            }
        }
    }
}
