import Foundation

/// The forms that a video can be written in, told from the name of the file.
public enum VideoFormat: String, CaseIterable, Sendable {
    /// H.264 in yuv420p: plays in every browser and player.
    case mp4
    /// At most 256 colours, chosen anew for every frame.
    case gif
    /// Animated WebP, lossy.
    case webp
    /// VP9 in yuv420p.
    case webm
    /// A folder of 000000.png, 000001.png and so on.
    case pngFolder

    /// The format of the file at `path`: by its extension (upper or lower case); a name without an extension, a
    /// name that ends in '/' and an existing folder mean a folder of PNG frames.
    ///
    /// - Throws: `VideoError.unknownFormat`, which lists what is allowed.
    public init(path: String) throws {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        let name = (path as NSString).lastPathComponent
        let suffix = (name as NSString).pathExtension.lowercased()
        if path.hasSuffix("/") || exists && isDirectory.boolValue || !path.isEmpty && suffix.isEmpty {
            self = .pngFolder
        } else if let format = Self(rawValue: suffix) {
            self = format
        } else {
            throw VideoError.unknownFormat(path: path)
        }
    }

    /// What may be written, in words.
    public static let allowed = "NAME.mp4, NAME.gif, NAME.webp, NAME.webm and NAME/ (a folder of PNG frames)"

    /// What ffmpeg needs to know between its input and its output; nothing for a folder, which it does not write.
    var encoderArguments: [String] {
        // Untagged video is shown in different colours by different players: convert to BT.709 and say so.
        let colours = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
        let toYUV = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p"
        switch self {
        case .mp4:
            return ["-vf", toYUV, "-c:v", "libx264", "-crf", "17", "-pix_fmt", "yuv420p"] + colours
                + ["-movflags", "+faststart", "-f", "mp4"]
        case .webm:
            return ["-vf", toYUV, "-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-row-mt", "1"] + colours
                // Otherwise every file gets a number drawn at random, and no two of one video are the same.
                + ["-fflags", "+bitexact", "-f", "webm"]
        case .gif:
            // One palette for the whole video would have to hold back every frame until the last has come.
            let palette = "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1:dither=sierra2_4a"
            return ["-vf", palette, "-loop", "0", "-f", "gif"]
        case .webp:
            return ["-c:v", "libwebp_anim", "-quality", "90", "-loop", "0", "-f", "webp"]
        case .pngFolder:
            return []
        }
    }
}
