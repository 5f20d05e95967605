import Video

/// Some frames of one video for a contact sheet: evenly spread, first and last among them.
struct SheetRow {
    let title: String
    /// Which frames of the video are wanted, in order.
    let wantedFrames: [Int]
    private(set) var frames: [Frame] = []
    private(set) var times: [Double] = []
    private let fps: Double
    private var seen = 0

    init(title: String, length: Int, count: Int, fps: Double) {
        self.title = title
        self.fps = fps
        let count = min(count, length)
        wantedFrames = (0..<count).map { index in
            count == 1 ? 0 : Int((Double(index) * Double(length - 1) / Double(count - 1)).rounded())
        }
    }

    /// Shows the video's next frame, which is kept where it is wanted.
    mutating func take(_ frame: Frame) {
        if frames.count < wantedFrames.count, wantedFrames[frames.count] == seen { add(frame, at: seen) }
        seen += 1
    }

    mutating func add(_ frame: Frame, at index: Int) {
        frames.append(frame)
        times.append(Double(index) / fps)
    }
}
