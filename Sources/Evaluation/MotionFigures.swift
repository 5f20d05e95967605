import Video

/// How much a clip moves, measured on its pictures alone. All in steps of 255.
public struct MotionFigures: Codable, Equatable, Sendable {
    /// Mean absolute difference of neighbouring frames. Near-static clips lower FVD: read the two together.
    public var motion: Double
    /// Mean absolute second difference, |a − 2b + c| / 2: what does not go on as it went. Steady motion of soft edges
    /// has little of it, flicker as much as motion.
    public var jitter: Double
    /// Mean colour of the last quarter of the frames minus that of the first, by channel.
    public var drift: [Double]

    public init(motion: Double, jitter: Double, drift: [Double]) {
        (self.motion, self.jitter, self.drift) = (motion, jitter, drift)
    }

    /// The figures of a whole video, of which three frames and one colour for each are in memory.
    public static func read(_ reader: VideoReader, atMost most: Int) throws -> (MotionFigures, frames: Int) {
        var window: [Frame] = [], count = 0, steps = 0, turns = 0
        var motion = 0.0, jitter = 0.0, colours: [[Double]] = []
        while count < most, let frame = try reader.next() {
            count += 1
            colours.append(meanColour([frame]))
            window = window.suffix(2) + [frame]
            let figures = MotionFigures(Array(window.suffix(2)))
            if window.count > 1 {
                motion += figures.motion
                steps += 1
            }
            if window.count > 2 {
                jitter += MotionFigures(window).jitter
                turns += 1
            }
        }
        let quarter = max(1, count / 4)
        func mean(_ part: ArraySlice<[Double]>, _ c: Int) -> Double { part.reduce(0) { $0 + $1[c] } / Double(max(part.count, 1)) }
        let drift = (0..<3).map { mean(colours.suffix(quarter), $0) - mean(colours.prefix(quarter), $0) }
        return (MotionFigures(motion: motion / Double(max(steps, 1)), jitter: jitter / Double(max(turns, 1)), drift: drift), count)
    }

    /// Frames of another size than their predecessor begin anew.
    public init(_ frames: [Frame]) {
        var motion = 0, jitter = 0, motionCount = 0, jitterCount = 0
        for index in frames.indices.dropFirst() where frames[index].pixels.count == frames[index - 1].pixels.count {
            let threeFit = index > 1 && frames[index - 2].pixels.count == frames[index].pixels.count
            frames[index].pixels.withUnsafeBufferPointer { c in
                frames[index - 1].pixels.withUnsafeBufferPointer { b in
                    frames[threeFit ? index - 2 : index].pixels.withUnsafeBufferPointer { a in
                        var first: Int32 = 0, second: Int32 = 0
                        for i in c.indices {
                            // 16-bit lanes suffice for the differences, 32-bit ones for a block of sums.
                            let x = Int32(a[i]), y = Int32(b[i]), z = Int32(c[i])
                            first &+= abs(z - y)
                            second &+= abs(x - 2 * y + z)
                            if i & 0xF_FFFF == 0xF_FFFF {
                                motion += Int(first)
                                jitter += threeFit ? Int(second) : 0
                                (first, second) = (0, 0)
                            }
                        }
                        motion += Int(first)
                        jitter += threeFit ? Int(second) : 0
                    }
                }
            }
            motionCount += frames[index].pixels.count
            if threeFit { jitterCount += frames[index].pixels.count }
        }
        self.motion = Double(motion) / Double(max(motionCount, 1))
        self.jitter = Double(jitter) / Double(max(2 * jitterCount, 1))
        let quarter = max(1, frames.count / 4)
        let early = Self.meanColour(frames.prefix(quarter)), late = Self.meanColour(frames.suffix(quarter))
        drift = zip(late, early).map { $0 - $1 }
    }

    /// Red, green and blue, means over all pixels of some frames.
    static func meanColour(_ frames: ArraySlice<Frame>) -> [Double] {
        var sums = [0, 0, 0], pixels = 0
        for frame in frames {
            var part: (Int, Int, Int) = (0, 0, 0)
            frame.pixels.withUnsafeBufferPointer { p in
                for i in stride(from: 0, to: p.count, by: 3) {
                    part.0 &+= Int(p[i])
                    part.1 &+= Int(p[i + 1])
                    part.2 &+= Int(p[i + 2])
                }
            }
            sums[0] += part.0
            sums[1] += part.1
            sums[2] += part.2
            pixels += frame.width * frame.height
        }
        return sums.map { Double($0) / Double(max(pixels, 1)) }
    }
}
