import Foundation

/// Names of files and folders as the user wrote them: what is printed should be what was typed.
package enum FilePath {
    /// Without slashes at the end.
    package static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// The folder part; empty for a bare name. Foundation's own function traps on names of one character.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    package static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// A name within a folder; absolute names stay.
    package static func join(_ folder: String, _ name: String) -> String {
        if name.hasPrefix("/") || folder.isEmpty { return name }
        return folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// Two names of one place are the same when they are absolute, as far as no link leads there.
    package static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    package static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Whether something would be lost by a rename onto a path; an empty folder is nothing.
    package static func isTaken(_ path: String) -> Bool {
        guard exists(path) else { return false }
        return (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty != true
    }

    /// Sorted names in a folder; none where there is no folder, or none that may be read.
    package static func contents(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Makes names within a folder outlast a power cut. Systems that cannot are left as they are.
    package static func sync(_ path: String) {
        let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }
}
