import Files
import Foundation

/// Writes frames as 000000.png, 000001.png and so on into a folder.
///
/// The folder grows under a temporary name. With `overwrite` an existing folder is replaced only where it holds
/// nothing but such frames: no option should be able to delete somebody's pictures.
public final class PNGFolderWriter: FrameWriter {
    public var path: String { folder.path }
    public private(set) var count = 0
    public let notices: [String] = []
    private let folder: AtomicFolder
    private var size: (width: Int, height: Int)?
    private var isOpen = true

    public init(path: String, overwrite: Bool = false) throws {
        folder = try AtomicFolder(path, replacing: overwrite ? Self.contents : nil)
    }

    deinit { cancel() }

    public func write(_ frame: Frame) throws {
        guard isOpen else { throw VideoError.closed(path: path) }
        try checkSize(frame, against: &size, path: path)
        let digits = String(count)
        let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
        do {
            try PNG.write(frame, to: folder.temporaryPath + "/" + name)
        } catch FileError.unwritable(_, let reason) {
            throw FileError.unwritable(path: path + "/" + name, reason: reason)
        }
        count += 1
    }

    public func finish() throws -> String {
        guard isOpen else { throw VideoError.closed(path: path) }
        isOpen = false
        do {
            guard count > 0 else { throw VideoError.noFrames(path: path) }
            try folder.commit()
        } catch {
            folder.discard()
            throw error
        }
        return path
    }

    public func cancel() {
        guard isOpen else { return }
        isOpen = false
        folder.discard()
    }

    /// What a folder may hold that is replaced: frames.
    package static let contents = AtomicFolder.Contents("frames", includes: isFrameName)

    /// Removes a folder of frames. What is no frame stays, and the folder with it; of a link only the link goes.
    package static func removeFrames(_ folder: String) { contents.remove(folder) }

    @Sendable static func isFrameName(_ name: String) -> Bool {
        name.hasSuffix(".png") && name.count >= 10 && name.dropLast(4).allSatisfy { $0.isASCII && $0.isNumber }
    }
}

/// Remembers the first frame's size and holds the others to it.
func checkSize(_ frame: Frame, against size: inout (width: Int, height: Int)?, path: String) throws {
    if let size, size != (frame.width, frame.height) {
        throw VideoError.sizeChanged(
            path: path, expected: "\(size.width)x\(size.height)", found: "\(frame.width)x\(frame.height)")
    }
    size = (frame.width, frame.height)
}
