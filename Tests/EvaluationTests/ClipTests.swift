import Evaluation
import Files
import Foundation
import Tensors
import Testing
import Video

@Suite struct ClipTests {
    /// Videos in folders in folders, folders of frames, and things that are neither.
    private func makeTree(_ root: URL) throws {
        for (name, count) in [("a/frames9", 9), ("a/frames10", 18), ("b/deep/er", 20)] {
            let folder = root.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Shared.writeFrames(count, to: folder, side: name == "b/deep/er" ? 32 : 24)
        }
        try Data("not a video".utf8).write(to: root.appendingPathComponent("broken.mp4"))
        try Data("notes".utf8).write(to: root.appendingPathComponent("notes.txt"))
        try PNG.write(Frame(width: 8, height: 8), to: root.appendingPathComponent("sheet.png").path)
    }

    @Test func videosAreFoundWhereverTheyLie() throws {
        try Shared.withFolder { root in
            try makeTree(root)
            let names = try VideoList(root.path).entries.map(\.name)
            #expect(names == ["a/frames9", "a/frames10", "b/deep/er", "broken.mp4"])
            let single = try VideoList(root.appendingPathComponent("a/frames9").path).entries
            #expect(single.map(\.name) == ["frames9"])
            let empty = root.appendingPathComponent("b/deep/er/none")
            try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
            #expect(throws: EvaluationError.self) { try VideoList(empty.path) }
            #expect(throws: FileError.self) { try VideoList(root.appendingPathComponent("nowhere").path) }
        }
    }

    @Test func clipsComeInOrderAndProblemsAreNamed() throws {
        try Shared.withFolder { root in
            try makeTree(root)
            let stream = ClipStream(try VideoList(root.path).entries, ClipProtocol(.original))
            var seen: [String] = []
            while let element = try stream.pop() {
                switch element {
                case .clip(let clip):
                    #expect(clip.pictures.shape == [16, 224, 224, 3])
                    seen.append("\(clip.name) \(clip.width)")
                case .problem(let name, .short(let frames)): seen.append("\(name) short \(frames)")
                case .problem(let name, .unreadable): seen.append("\(name) unreadable")
                }
            }
            #expect(seen == ["a/frames9 short 9", "a/frames10 24", "b/deep/er 32", "broken.mp4 unreadable"])
        }
    }

    @Test func protocolsTakeTheFramesTheyName() throws {
        try Shared.withFolder { root in
            try Shared.writeFrames(40, to: root, side: 64)
            let entries = try VideoList(root.path).entries
            func clips(_ change: (inout ClipProtocol) -> Void) throws -> [Clip] {
                var rules = ClipProtocol(.original)
                rules.clipFrames = 10
                change(&rules)
                let stream = ClipStream(entries, rules)
                var found: [Clip] = []
                while case .clip(let clip)? = try stream.pop() { found.append(clip) }
                return found
            }
            /// The column where the patch begins in the clip's first picture.
            func position(_ clip: Clip) -> Int {
                let scale = 224.0 / 64
                let row = Int(6 * scale)
                let start = (0..<224).first { clip.pictures.pointer[(row * 224 + $0) * 3] > 0.5 } ?? -1
                return Int((Double(start) / scale).rounded())
            }
            #expect(try clips { _ in }.map(position) == [0])
            #expect(try clips { $0.name = .allClips }.map(position) == [0, 10, 20, 30])
            #expect(try clips { $0.start = .middle }.map(position) == [15])
            #expect(try clips { $0.start = .random }.map(position) == clips { $0.start = .random }.map(position))
            let strided = try clips { ($0.stride, $0.name) = (2, .allClips) }
            #expect(strided.map(position) == [0, 20])
            #expect(strided[0].motion.motion > 1.5 * (try clips { _ in }[0].motion.motion))
        }
    }

    /// torch.nn.functional.interpolate(…, (224, 224), mode="bilinear", align_corners=False) of x/127.5 - 1 for a
    /// 3x2 picture of red values 0, 100, 200 / 50, 150, 250 at four places.
    @Test func picturesAreResizedAsTorchDoes() throws {
        try Shared.withFolder { root in
            var frame = Frame(width: 3, height: 2)
            for (index, value) in [0, 100, 200, 50, 150, 250].enumerated() { frame.pixels[3 * index] = UInt8(value) }
            for index in 0..<9 { try PNG.write(frame, to: root.appendingPathComponent("\(index).png").path) }
            var rules = ClipProtocol(.original)
            rules.clipFrames = 9
            guard case .clip(let clip)? = try ClipStream(VideoList(root.path).entries, rules).pop() else {
                Issue.record("no clip")
                return
            }
            func expected(_ x: Int, _ y: Int) -> Double {
                let sx = min(max((Double(x) + 0.5) * 3 / 224 - 0.5, 0), 2), sy = min(max((Double(y) + 0.5) * 2 / 224 - 0.5, 0), 1)
                return (100 * sx + 50 * sy) / 127.5 - 1
            }
            for (x, y) in [(0, 0), (223, 223), (100, 60), (37, 190)] {
                #expect(abs(Double(clip.pictures.pointer[(y * 224 + x) * 3]) - expected(x, y)) < 1e-5)
                #expect(clip.pictures.pointer[(y * 224 + x) * 3 + 1] == -1)
            }
        }
    }

    @Test func motionFiguresCountWhatTheyName() {
        func grey(_ value: UInt8) -> Frame { Frame(width: 4, height: 4, red: value, green: value, blue: value) }
        let steady = MotionFigures([10, 20, 30, 40].map(grey))
        #expect(steady.motion == 10 && steady.jitter == 0 && steady.drift == [30, 30, 30])
        let flicker = MotionFigures([10, 20, 10, 20].map(grey))
        #expect(flicker.motion == 10 && flicker.jitter == 10 && flicker.drift == [10, 10, 10])
        #expect(MotionFigures([grey(9)]) == MotionFigures(motion: 0, jitter: 0, drift: [0, 0, 0]))
    }
}
