import Evaluation
import Foundation

/// UCF-101 (Soomro et al., 2012), or a data set laid out like it: a folder for each class, `classInd.txt` with
/// "1 ApplyEyeMakeup" a line, and lists of videos "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1".
public struct ActionDataSet: Sendable {
    public struct Class: Equatable, Sendable {
        public let name: String
        /// Videos of the list that belong to it.
        public let listed: Int

        public init(name: String, listed: Int) {
            (self.name, self.listed) = (name, listed)
        }
    }

    public let folder: String
    /// In the order of `classInd.txt`.
    public let classes: [Class]
    /// Videos of the list that are there.
    public let videos: [VideoList.Entry]
    /// The list that the videos come from; "all videos" where there is none.
    public let listName: String
    /// Listed videos that are not there.
    public let missing: [String]
    /// Things worth telling: folders that are no class, classes without a folder, lists that are not there.
    public let warnings: [String]

    /// - Parameters:
    ///   - lists: folder of `classInd.txt` and the split files; nil looks in the data's own folder, in
    ///     `ucfTrainTestlist` there and beside it.
    ///   - split: name of the list, such as trainlist01.
    /// Throws `FileError.notFound` or `EvaluationError`.
    public init(_ folder: String, lists: String? = nil, split: String = "trainlist01") throws {
        self.folder = folder
        var found: [VideoList.Entry] = []
        for entry in try VideoList(folder).entries { found.append(entry) }
        var warnings: [String] = []
        let places = lists.map { [$0] } ?? [folder, folder + "/ucfTrainTestlist", folder + "/../ucfTrainTestlist"]
        func lines(_ name: String) -> [[Substring]]? {
            for place in places {
                guard let data = FileManager.default.contents(atPath: place + "/" + name) else { continue }
                return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
                    .map { $0.split(whereSeparator: \.isWhitespace) }.filter { !$0.isEmpty }
            }
            return nil
        }
        func className(_ path: String) -> String? { path.contains("/") ? path.split(separator: "/").dropLast().last.map(String.init) : nil }

        let folders = Set(found.compactMap { className($0.name) })
        var names = (lines("classInd.txt") ?? []).compactMap { $0.last.map(String.init) }
        if names.isEmpty {
            if lists != nil { throw EvaluationError.dataSet(path: places[0], problem: "there is no classInd.txt with \"1 ClassName\" a line") }
            names = folders.sorted()
            warnings.append("'\(folder)' has no classInd.txt: its \(names.count) folders are taken for the classes")
        }
        guard !names.isEmpty else {
            throw EvaluationError.dataSet(path: folder, problem: "there are no folders of classes, such as ApplyEyeMakeup/")
        }
        // Releases of UCF-101 disagree on capitals (HandStandPushups).
        var byName: [String: VideoList.Entry] = [:]
        for entry in found { byName[entry.name.split(separator: "/").suffix(2).joined(separator: "/").lowercased()] = entry }
        var videos: [VideoList.Entry] = [], missing: [String] = [], counts: [String: Int] = [:]
        let list = lines(split + ".txt")
        listName = list == nil ? "all videos" : split
        if let list {
            for words in list {
                let name = String(words[0])
                counts[(className(name) ?? "").lowercased(), default: 0] += 1
                let stem = (name as NSString).deletingPathExtension.lowercased()
                let there = byName[name.lowercased()] ?? byName[stem]
                    ?? VideoList.videos.lazy.compactMap { byName["\(stem).\($0)"] }.first
                if let there { videos.append(there) } else { missing.append(name) }
            }
            let known = Set(names.map { $0.lowercased() })
            let strangers = counts.keys.filter { !known.contains($0) }.sorted()
            if !strangers.isEmpty {
                warnings.append("\(split).txt names \(strangers.count) classes that classInd.txt does not: \(strangers.prefix(5).joined(separator: ", "))")
            }
        } else {
            warnings.append("there is no \(split).txt: all videos are taken")
            videos = found
            for entry in found { counts[(className(entry.name) ?? "").lowercased(), default: 0] += 1 }
        }
        let unknown = folders.filter { name in !names.contains { $0.lowercased() == name.lowercased() } }.sorted()
        if !unknown.isEmpty {
            warnings.append("\(unknown.count) folders of '\(folder)' are no class of classInd.txt and are left out: \(unknown.prefix(5).joined(separator: ", "))")
        }
        let lowered = Set(folders.map { $0.lowercased() })
        let absent = names.filter { !lowered.contains($0.lowercased()) }
        if !absent.isEmpty {
            warnings.append("\(absent.count) of \(names.count) classes have no folder in '\(folder)': \(absent.prefix(5).joined(separator: ", "))")
        }
        if !missing.isEmpty { warnings.append("\(missing.count) of \(videos.count + missing.count) videos of \(split).txt are not in '\(folder)'") }
        let leftOut = Set(unknown.map { $0.lowercased() })
        videos = videos.filter { !leftOut.contains((className($0.name) ?? "").lowercased()) }
        guard !videos.isEmpty else {
            throw EvaluationError.dataSet(path: folder, problem: "none of the videos of \(listName) is there; --data must be the folder of the class folders")
        }
        classes = names.map { Class(name: $0, listed: counts[$0.lowercased()] ?? 0) }
        (self.videos, self.missing, self.warnings) = (videos, missing, warnings)
    }

    /// Videos for each class, `total` in all, in the proportions of the list (largest remainders).
    public func distribution(of total: Int) -> [Int] {
        let sum = classes.reduce(0) { $0 + $1.listed }
        guard sum > 0 else { return classes.indices.map { total * ($0 + 1) / classes.count - total * $0 / classes.count } }
        var counts = classes.map { total * $0.listed / sum }
        let remainders = classes.indices.sorted {
            let (a, b) = (total * classes[$0].listed % sum, total * classes[$1].listed % sum)
            return a == b ? $0 < $1 : a > b
        }
        for index in remainders.prefix(total - counts.reduce(0, +)) { counts[index] += 1 }
        return counts
    }
}
