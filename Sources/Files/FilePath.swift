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

    /// Whether something would be lost by writing to a path: a file, or a folder with something in it. What is no regular
    /// file is written into and loses nothing.
    package static func isTaken(_ path: String) -> Bool {
        switch (try? FilePlace(path))?.kind {
        case .nothing, .special: false
        case .regular, nil: true
        case .folder: (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty != true
        }
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

    // MARK: Names on the way

    /// A hidden name for what grows beside a result of a name: ".NAME.PROCESS-MARK.partial".
    static func temporaryName(for name: String) -> String {
        let mark = String(UInt32.random(in: 0 ... .max), radix: 36)
        // File systems take 255 bytes.
        var short = name
        while short.utf8.count > 160 { short.removeLast() }
        return ".\(short).\(getpid())-\(mark).partial"
    }

    /// The name of the result that a killed process left a temporary file of; nil for any other name.
    ///
    /// Versions up to 0.1 left ".NAME.PROCESS-MARK" and, for videos and pictures, ".NAME.MARK.partial".
    package static func result(ofPartial name: String) -> String? {
        guard name.hasPrefix("."), let mark = name.range(
            of: "\\.([0-9]+-[0-9a-z]+(\\.partial)?|[0-9a-z]+\\.partial)$", options: .regularExpression)
        else { return nil }
        let result = name[..<mark.lowerBound].dropFirst()
        return result.isEmpty ? nil : String(result)
    }

    // MARK: Folders

    /// Makes a folder and those above it that are missing; one that is there is left as it is. Throws
    /// `FileError.unwritable`, which names what is in the way, or else the file that the folder is made for.
    ///
    /// - Parameter place: of a file that a link leads to: a folder that is missing there is the link's fault.
    package static func makeFolder(_ folder: String, for path: String? = nil, upTo place: FilePlace? = nil) throws {
        guard !folder.isEmpty else { return }
        var facts = stat()
        if stat(folder, &facts) == 0 {
            guard facts.st_mode & S_IFMT == S_IFDIR else {
                throw FileError.unwritable(path: folder, reason: "it is a file; a folder is needed here")
            }
            return
        }
        if let place, place.isLink {
            throw FileError.unwritable(
                path: place.path, reason: "it is a link to '\(place.target)', whose folder does not exist; remove the link or make the folder")
        }
        try makeFolder(parent(of: trimmed(folder)), for: path ?? folder)
        if mkdir(folder, 0o777) != 0, errno != EEXIST { throw FileError.writing(path ?? folder) }
    }

    /// Copies a file or a folder. Throws `FileError.unwritable` of `path`.
    package static func copy(_ source: String, to target: String, for path: String? = nil) throws {
        do {
            try FileManager.default.copyItem(atPath: source, toPath: target)
        } catch {
            throw systemError(error, writing: path ?? target)
        }
    }

    /// What Foundation says, in our words: the system's reason is hidden in its error.
    package static func systemError(_ error: any Error, writing path: String) -> FileError {
        var found: NSError? = error as NSError
        while let next = found {
            if next.domain == NSPOSIXErrorDomain { return .writing(path, Int32(truncatingIfNeeded: next.code)) }
            found = next.userInfo[NSUnderlyingErrorKey] as? NSError
        }
        switch (error as? CocoaError)?.code {
        case .fileWriteOutOfSpace?: return .writing(path, ENOSPC)
        case .fileWriteNoPermission?: return .writing(path, EACCES)
        case .fileWriteVolumeReadOnly?: return .writing(path, EROFS)
        default: return .unwritable(path: path, reason: "the disk may be full, or the folder forbidden")
        }
    }

    /// Bytes that may still be written where a path lies; nil where the system does not say.
    package static func freeBytes(at path: String) -> Int? {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return nil }
        let (bytes, overflow) = Int(facts.f_bavail).multipliedReportingOverflow(by: Int(facts.f_frsize))
        return overflow ? .max : bytes
    }
}

extension FileManager {
    /// Makes a folder and those above it that are missing; one that is there is left as it is.
    ///
    /// Throws `FileError.unwritable`, which names what is in the way, or else the file that the folder is made for.
    public func makeFolder(_ folder: URL, for file: URL? = nil) throws {
        try FilePath.makeFolder(folder.path, for: file?.path)
    }
}
