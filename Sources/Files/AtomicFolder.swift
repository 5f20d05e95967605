import Foundation

/// A folder on its way: it grows under a hidden temporary name and takes its final name in one step when it is whole. One
/// that is not committed is removed. A link stays a link: the folder that it leads to is replaced.
public final class AtomicFolder {
    /// What a folder may hold that is replaced as a whole: no option should be able to delete somebody's files.
    public struct Contents: Sendable {
        let name: String
        let includes: @Sendable (String) -> Bool

        /// - Parameters:
        ///   - name: what they are, such as "frames".
        ///   - includes: whether a file's name is that of one.
        public init(_ name: String, includes: @escaping @Sendable (String) -> Bool) {
            (self.name, self.includes) = (name, includes)
        }

        /// Refuses a folder that holds anything else; one that is not there holds nothing. Throws `FileError.unwritable`.
        ///
        /// - Parameter path: what messages call the folder.
        package func check(_ folder: String, as path: String) throws {
            guard let stranger = FilePath.contents(folder).first(where: { !includes($0) }) else { return }
            throw FileError.unwritable(
                path: path, reason: "only a folder of nothing but \(name) is overwritten, and it holds '\(stranger)'")
        }

        /// Removes a folder of them. What is none stays, and the folder with it; of a link only the link goes.
        package func remove(_ folder: String) {
            guard (try? FileManager.default.destinationOfSymbolicLink(atPath: folder)) == nil else {
                unlink(folder)
                return
            }
            for name in FilePath.contents(folder) where includes(name) { unlink(FilePath.join(folder, name)) }
            rmdir(folder)
        }
    }

    public let path: String
    /// Where it grows, beside its destination.
    public let temporaryPath: String
    private let replacing: Contents?
    private var isOpen = true

    /// Makes missing folders and the empty temporary one.
    ///
    /// - Parameter replacing: what a folder may hold that is replaced; nil where none is.
    /// - Throws: `FileError.exists` for a folder with something in it and nothing to replace, `.unwritable` where the
    ///   system refuses, for a file, and for a folder that holds anything else.
    public init(_ path: String, replacing: Contents? = nil) throws {
        let path = FilePath.trimmed(path)
        guard !path.isEmpty else { throw FileError.unwritable(path: path, reason: "the name is empty") }
        self.path = path
        self.replacing = replacing
        let target = try Self.target(path, replacing), parent = FilePath.parent(of: target)
        try FilePath.makeFolder(parent, for: path)
        temporaryPath = FilePath.join(parent, FilePath.temporaryName(for: FilePath.name(of: target)))
        guard mkdir(temporaryPath, 0o777) == 0 else { throw FileError.writing(path) }
    }

    deinit { discard() }

    /// The folder that `path` leads to, where one may be written there.
    private static func target(_ path: String, _ replacing: Contents?) throws -> String {
        let place = try FilePlace(path)
        switch place.kind {
        case .regular, .special: throw FileError.unwritable(path: path, reason: "a file of that name exists; name a folder")
        case .folder:
            if replacing == nil, FilePath.isTaken(path) { throw FileError.exists(path: path) }
            try replacing?.check(place.target, as: path)
        case .nothing: break
        }
        return FilePath.trimmed(place.target)
    }

    /// Gives the folder its name. What could not be committed is still there, to be discarded. Throws as `publish`.
    public func commit() throws {
        try Self.publish(temporaryPath, as: path, replacing: replacing)
        isOpen = false
    }

    /// Removes what has grown so far; the final name stays as it was.
    public func discard() {
        guard isOpen else { return }
        isOpen = false
        try? FileManager.default.removeItem(atPath: temporaryPath)
    }

    /// Gives a whole folder its final name.
    ///
    /// - Throws: as `init`. What had the name then keeps it.
    package static func publish(_ whole: String, as path: String, replacing: Contents?) throws {
        let path = FilePath.trimmed(path), target = try target(path, replacing)
        func move(_ from: String, _ to: String) throws {
            if rename(from, to) == 0 { return }
            guard errno == EXDEV else { throw FileError.writing(path) }
            // A link led to another file system.
            let beside = FilePath.join(FilePath.parent(of: to), FilePath.temporaryName(for: FilePath.name(of: to)))
            do {
                try FilePath.copy(from, to: beside, for: path)
                guard rename(beside, to) == 0 else { throw FileError.writing(path) }
            } catch {
                try? FileManager.default.removeItem(atPath: beside)
                throw error
            }
            try? FileManager.default.removeItem(atPath: from)
        }
        guard !FilePath.contents(target).isEmpty else { return try move(whole, target) }
        // A folder is renamed only onto an absent or empty one, so the old contents step aside first.
        var aside = whole + ".old"
        if rename(target, aside) != 0 {
            guard errno == EXDEV else { throw FileError.writing(path) }
            aside = FilePath.join(FilePath.parent(of: target), FilePath.temporaryName(for: FilePath.name(of: target)))
            guard rename(target, aside) == 0 else { throw FileError.writing(path) }
        }
        do {
            // Somebody may have put a file there since the work began.
            try replacing?.check(aside, as: path)
            try move(whole, target)
        } catch {
            rename(aside, target)
            throw error
        }
        replacing?.remove(aside)
    }
}
