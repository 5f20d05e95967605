import Files
import Tensors
import Video

/// A clip as the network takes it, with what its pictures themselves tell.
public struct Clip {
    /// [frames, side, side, 3] in −1…1.
    public let pictures: Tensor
    /// The video's name, and the clip's number where a video gives several.
    public let name: String
    public let width, height: Int
    /// Of the frames as they were read, before resizing.
    public let motion: MotionFigures
}

/// Why a video gave no clip.
public enum ClipProblem: Error {
    /// Fewer frames than a clip spans.
    case short(frames: Int)
    case unreadable(any Error)
}

/// The network that clips are made for.
public enum ClipTarget: Sendable {
    /// 224×224, as the protocol resizes.
    case i3d
    /// 112×112 out of the middle of 171×128.
    case c3d

    var side: Int { self == .i3d ? InflatedInception.side : C3D.side }
}

/// Cuts the clips of a protocol out of one video; only the frames of one clip are in memory.
struct ClipReader {
    let rules: ClipProtocol
    /// Whether a video that is shorter than a clip gives what it has, where the network can take that.
    var takesShort = false
    var target = ClipTarget.i3d

    /// Cuts the clips of one video and hands each over; `deliver` answers whether more are wanted.
    ///
    /// Throws `ClipProblem` where there was not a single one.
    func read(_ entry: VideoList.Entry, deliver: (Clip) throws -> Bool) throws {
        var start = 0
        if rules.start != .first, rules.name != .allClips {
            let frames = try counting { try frameCount(entry.path) }
            let spare = max(0, frames - rules.span)
            var random = SplitMix(rules.seed ^ SplitMix.hash(entry.name))
            start = rules.start == .middle ? spare / 2 : random.below(spare + 1)
        }
        let reader = try counting { try VideoReader(entry.path, fps: rules.framesPerSecond, isPlain: true) }
        var frames: [Frame] = [], index = 0, clips = 0
        while true {
            let next: Frame?
            do {
                next = try reader.next()
            } catch {
                // A video that breaks off after whole clips has given what it has.
                if clips > 0 { return }
                throw ClipProblem.unreadable(error)
            }
            guard let frame = next else { break }
            defer { index += 1 }
            guard index >= start, (index - start) % rules.stride == 0 else { continue }
            frames.append(frame)
            guard frames.count == rules.clipFrames else { continue }
            let name = rules.name == .allClips ? "\(entry.name)#\(clips)" : entry.name
            clips += 1
            let wantsMore = try deliver(clip(frames, name))
            guard wantsMore, rules.name == .allClips else { return }
            frames.removeAll(keepingCapacity: true)
        }
        guard clips == 0 else { return }
        guard takesShort, frames.count >= InflatedInception.fewestFrames else { throw ClipProblem.short(frames: index) }
        _ = try deliver(clip(frames, entry.name))
    }

    private func counting<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as VideoError {
            // Without the tool no other video would do better.
            if case .toolMissing = error { throw error }
            throw ClipProblem.unreadable(error)
        } catch let error as FileError where error.isOfReading {
            throw ClipProblem.unreadable(error)
        }
    }

    private func frameCount(_ path: String) throws -> Int {
        let info = try VideoInfo(path: path)
        guard let own = info.fps, let wanted = rules.framesPerSecond else { return info.frameCount }
        return Int(Double(info.frameCount) * wanted / own)
    }

    func clip(_ frames: [Frame], _ name: String) -> Clip {
        let side = target.side
        let pictures = Tensor(uninitialized: [frames.count, side, side, 3])
        var scaler: Bilinear?
        for (index, frame) in frames.enumerated() {
            let shown = rules.resize == .area && target == .i3d ? frame.resized(width: side, height: side, fit: .stretch) : frame
            if scaler?.fits(shown) != true {
                scaler = Bilinear(width: shown.width, height: shown.height, scaled: scaled(shown), side: side)
            }
            scaler?.write(shown, to: pictures.pointer + index * side * side * 3)
        }
        return Clip(
            pictures: pictures, name: name, width: frames[0].width, height: frames[0].height, motion: MotionFigures(frames))
    }
}

extension ClipReader {
    /// The size that a picture takes before its middle is cut out.
    private func scaled(_ frame: Frame) -> (width: Double, height: Double) {
        switch (target, rules.resize) {
        case (.c3d, _): return (Double(C3D.width), Double(C3D.height))
        case (.i3d, .crop):
            let factor = 256 / Double(min(frame.width, frame.height))
            return (factor * Double(frame.width), factor * Double(frame.height))
        case (.i3d, _): return (Double(target.side), Double(target.side))
        }
    }
}

/// Vigna's SplitMix64: a small stream of random numbers for choices that must be repeatable.
public struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    public init(_ seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A whole number from 0 on and less than `bound`.
    public mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }

    /// FNV-1a of a name: the same in every run, which Swift's own hashes are not.
    public static func hash(_ text: String) -> UInt64 { hash(text.utf8) }

    /// The same of any words.
    ///
    /// - Parameter before: the hash of what came before them.
    public static func hash(_ words: some Sequence<some UnsignedInteger>, after before: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        words.reduce(before) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
