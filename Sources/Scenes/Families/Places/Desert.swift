#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Sand dunes under a hot sky, sand blowing over their crests.
struct Desert: Scene {
    static let family = "desert"

    let camels: Int
    let time: TimeOfDay
    let heading: Heading
    private let sky: Sky
    private let seed: UInt64
    private let offset: Float
    private let start: Float

    init(random: inout SceneRandom) {
        camels = random.pick([0, 0, 0, 1, 2, 3, 4, 5])
        time = random.pick([.day, .day, .sunset, .dawn, .night])
        heading = random.pick(Heading.allCases)
        var sky = Sky(time: time, horizon: 0.52, random: &random)
        sky.clouds *= 0.3
        if time == .day { sky.light = (random.range(0.2, 0.8), 0.16) }
        self.sky = sky
        seed = random.next()
        offset = random.range(0, 200)
        start = random.unit()
    }

    var attributes: [String: String] {
        ["count": camels == 0 ? "none" : Wording.number(camels), "time": time.rawValue, "direction": camels == 0 ? "none" : heading.rawValue]
    }

    var captions: [String] {
        guard camels > 0 else {
            return [
                "sand dunes in the desert \(time.phrase)", "wind blows sand over the dunes of a desert \(time.phrase)", "a wide desert with golden dunes \(time.phrase)",
                "\(time.phrase) the wind moves the sand of the desert", "a landscape of sand dunes in the wind \(time.phrase)",
            ]
        }
        let things = Wording.some(camels, "camel"), be = Wording.be(camels), way = "to the \(heading.rawValue)"
        return [
            "\(things) \(be) walking \(way) through the desert \(time.phrase)",
            "\(things) \(camels == 1 ? "walks" : "walk") \(way) over sand dunes \(time.phrase)",
            "\(things) crossing the desert \(way) \(time.phrase)",
            "\(time.phrase) \(things) \(be) going \(way) over the dunes",
            "a desert with \(things) walking \(way) \(time.phrase)",
        ]
    }

    var prompts: [String] {
        camels == 0 ? ["the desert", "sand dunes in the desert"] : camels == 1 ? ["a camel is walking in the desert"] : ["camels are walking in the desert"]
    }

    var paraphrases: [String] {
        let dunes = [
            "desert dunes", "a sandy desert", "sand blowing over dunes", "the dunes of a desert", "a hot desert", "golden sand dunes in the wind", "a desert landscape",
            "a sea of sand", "a video of the desert",
        ]
        let animals = camels == 1
            ? ["a camel", "a camel walking over sand", "a camel crosses the dunes", "a lonely camel in the desert", "a camel in the sand"]
            : ["camels", "a caravan in the desert", "camels crossing the dunes", "a row of camels", "camels walk through the sand"]
        return camels == 0 ? dunes : animals + ["a desert landscape with \(Wording.some(camels, "camel"))", "walking through the desert"]
    }

    var weathers: [SceneWeather] { [.fog] }
    var companions: [SceneCompanion] { [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let light = time == .night ? Color(0.22, 0.25, 0.42, 0) : time.light
        sky.draw(time: seconds, into: canvas)
        let sand = mix(Color.hex(0xE8B060), .hex(0xF0C07A), SceneRandom.hash(seed, 1)) * light
        let blow = Motion.scroll(seconds, speed: 0.9)
        for layer in 0..<3 {
            let depth = Float(layer)
            let base = 0.5 + 0.15 * depth, tall = 0.1 + 0.05 * depth
            let density = 1.5 - 0.25 * depth
            let side = heading.sign
            func crest(_ x: Float) -> Float {
                let u = x * density + offset + 50 * depth + (camels > 0 ? side * Float(wrap(seconds * 0.05 * Double(0.5 + 0.5 * depth), 256)) : 0)
                // Sharp crests: folded noise.
                let fold = 1 - abs(2 * Noise.value(u) - 1)
                return base + tall * (0.4 - fold)
            }
            if layer == 2 { drawCamels(seconds, canvas, light) }
            let tone = mix(sand, time.haze, 0.35 - 0.17 * depth)
            canvas.ground(height: { crest($0) }) { x, y, down in
                let slope = crest(x + 0.03 + down * 0.4) - crest(x - 0.03 + down * 0.4)
                let lit = smooth(-0.025, 0.02, slope)
                let ripple = 0.94 + 0.12 * Noise.value(x * 6 + down * 9, y * 50)
                let edge = smooth(0.05, 0, down)
                // Streamers of sand run along the crest.
                let gust = smooth(0.6, 0.9, Noise.value(x * 5 - blow * 2, y * 22)) * edge
                return mix(mix(tone * 0.56, tone * 1.08, lit) * ripple, tone * 1.35, gust * 0.7)
            }
        }
        canvas.paint(top: 0.5) { x, y, pixel in
            let veil = smooth(0.62, 0.9, Noise.value(x * 3 - blow * 3, y * 11 + 7)) * smooth(0.5, 0.65, y)
            pixel = mix(pixel, sand * 1.15, veil * 0.3)
        }
    }

    private func drawCamels(_ seconds: Double, _ canvas: Canvas, _ light: Color) {
        guard camels > 0 else { return }
        let side = heading.sign, coat = mix(Color.hex(0x8A5A30), .hex(0x5A3820), 0.3) * mix(time.subjectLight, .grey(0.6), 0.2)
        let size: Float = [0.34, 0.23, 0.165, 0.125, 0.1][camels - 1]
        for index in 0..<camels {
            // The camera goes along: the row stays in the picture and sways a little over it.
            let x = 0.48 - side * (Float(index) - Float(camels - 1) / 2) * size * 2 + 0.05 * sin(Motion.angle(seconds, hertz: 0.06, start: start))
            let phase = Motion.angle(seconds, hertz: 0.65 + 0.12 * Double(start), start: Float(index) * 0.31)
            canvas.subject(outline: time.outline(of: coat)) { drawCamel(canvas, x, 0.78, size, side, phase, coat) }
        }
    }

    private func drawCamel(_ canvas: Canvas, _ x: Float, _ foot: Float, _ size: Float, _ side: Float, _ phase: Float, _ coat: Color) {
        let base = foot - size * 0.92 - size * 0.02 * sin(2 * phase)
        func at(_ px: Float, _ py: Float) -> (x: Float, y: Float) { (x + side * px * size, base + py * size) }
        for (index, start) in [Float.pi * 1.5, .pi, .pi * 0.5, 0].enumerated() {
            let hind = index % 2 == 0, dark: Float = index < 2 ? 0.62 : 1
            let p = phase + start
            let hip = at(hind ? -0.42 : 0.42, 0.1)
            let swing = 0.36 * sin(p)
            let knee = at((hind ? -0.42 : 0.42) + 0.42 * sin(swing), 0.1 + 0.42 * cos(swing))
            let bend = swing - 0.7 * max(0, cos(p))
            let end = at((hind ? -0.42 : 0.42) + 0.42 * sin(swing) + 0.42 * sin(bend), min(0.93, 0.1 + 0.42 * cos(swing) + 0.42 * cos(bend)))
            canvas.line(hip.x, hip.y, knee.x, knee.y, width: size * 0.22, endWidth: size * 0.16, coat * dark)
            canvas.line(knee.x, knee.y, end.x, end.y, width: size * 0.16, endWidth: size * 0.13, coat * dark)
        }
        let body = Outline.smooth([(-0.6, 0), (-0.5, -0.2), (-0.3, -0.28), (-0.14, -0.56), (0, -0.62), (0.16, -0.54), (0.32, -0.26), (0.56, -0.16), (0.6, 0.08), (0.3, 0.22), (-0.3, 0.2)])
        canvas.polygon(body.map { at($0.x, $0.y) }) { _, py in coat * (1.1 - 0.5 * clamp01((py - base) / size + 0.4)) }
        let chain: [(Float, Float)] = [(0.52, 0), (0.72, 0.1), (0.9, -0.14), (0.95, -0.48), (1.0, -0.58)]
        for i in 1..<chain.count {
            let a = at(chain[i - 1].0, chain[i - 1].1), b = at(chain[i].0, chain[i].1)
            canvas.line(a.x, a.y, b.x, b.y, width: size * 0.3 / (1 + 0.2 * Float(i)), coat)
        }
        let head = at(0.98, -0.6), nose = at(1.22, -0.53)
        canvas.line(head.x, head.y, nose.x, nose.y, width: size * 0.26, endWidth: size * 0.18, coat)
    }
}
