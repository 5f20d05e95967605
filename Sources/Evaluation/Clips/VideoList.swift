import Files
import Foundation
import Video

/// The videos under a folder: video files, and folders of pictures that are frames.
public struct VideoList: Sendable {
    public struct Entry: Equatable, Sendable {
        public let path: String
        /// Path below the folder, for lists and caches.
        public let name: String

        public init(path: String, name: String) {
            (self.path, self.name) = (path, name)
        }

        /// Changes with the video: sizes and dates of its file, or of its folder and the frames in it.
        public var stamp: String {
            func facts(_ path: String) -> String {
                let facts = try? FileManager.default.attributesOfItem(atPath: path)
                return "\(facts?[.size] ?? 0) \((facts?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0)"
            }
            let frames = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
            return ([path] + frames.map { "\(path)/\($0)" }).map(facts).joined(separator: "\n")
        }
    }

    public let entries: [Entry]

    /// Endings of names that are taken for videos.
    public static let videos: Set = [
        "avi", "mp4", "m4v", "mov", "mkv", "webm", "gif", "mpg", "mpeg", "wmv", "flv", "ogv", "ts", "y4m", "apng", "3gp", "webp",
    ]
    static let pictures: Set = ["png", "jpg", "jpeg", "bmp"]
    private static let deepest = 16

    /// Looks through `path`, folders in folders included, names in numeric order. A folder of pictures without videos
    /// or further folders of them is one video; pictures beside videos are left alone. A file is a list of one.
    ///
    /// Throws `FileError.notFound`, or `EvaluationError.noVideos`.
    public init(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw FileError.notFound(path: path)
        }
        guard isFolder.boolValue else {
            entries = [Entry(path: path, name: (path as NSString).lastPathComponent)]
            return
        }
        var found: [Entry] = []
        Self.collect(path, name: "", depth: 0, &found)
        guard !found.isEmpty else { throw EvaluationError.noVideos(path: path) }
        entries = found
    }

    private static func collect(_ folder: String, name: String, depth: Int, _ found: inout [Entry]) {
        guard depth <= deepest, let contents = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
        let names = contents.filter { !$0.hasPrefix(".") }.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
        let before = found.count
        var hasPictures = false
        for item in names {
            let path = folder + "/" + item, itemName = name.isEmpty ? item : name + "/" + item
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
            let ending = (item as NSString).pathExtension.lowercased()
            if isFolder.boolValue {
                collect(path, name: itemName, depth: depth + 1, &found)
            } else if videos.contains(ending) {
                found.append(Entry(path: path, name: itemName))
            } else if pictures.contains(ending) {
                hasPictures = true
            }
        }
        if hasPictures, found.count == before {
            found.append(Entry(path: folder, name: name.isEmpty ? (folder as NSString).lastPathComponent : name))
        }
    }
}
