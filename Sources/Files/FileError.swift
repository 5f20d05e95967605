import Foundation

/// What can be wrong with a file or a folder, whichever room asks for it. Every message is one line: what was asked,
/// where, what was found, what to do.
public enum FileError: Error, Equatable {
    /// There is nothing at a path that somebody named.
    case notFound(path: String)
    /// The system will not open or read it.
    case unreadable(path: String, reason: String)
    /// There is something under that name, and to replace it was not asked for.
    case exists(path: String)
    /// The system will not write it: permissions, a full disk, a folder where a file is wanted. What was there stays.
    case unwritable(path: String, reason: String)
    /// Another process has it now; its number where it is known.
    case locked(path: String, process: Int?)
    /// There are no locks where the file lies, so that nothing keeps two processes apart.
    case withoutLocks(path: String, reason: String)
    /// Less than `needed` bytes are free.
    case tooLittleSpace(path: String, needed: Int, free: Int)
    /// A JSON file that is none, lacks a key, or holds something unexpected under it; `key` may be empty.
    case invalid(path: String, key: String, problem: String)

    /// The system refused to read. Reads `errno`, unless it is given.
    public static func reading(_ path: String, _ code: Int32 = errno) -> FileError {
        .unreadable(path: path, reason: reason(code, writing: false))
    }

    /// The system refused to write. Reads `errno`, unless it is given.
    public static func writing(_ path: String, _ code: Int32 = errno) -> FileError {
        .unwritable(path: path, reason: reason(code, writing: true))
    }

    /// The system's words for an `errno`, with advice where there is some.
    static func reason(_ code: Int32, writing: Bool) -> String {
        switch code {
        case ENOSPC: "the disk is full; free some space or choose another folder"
        case EDQUOT: "the disk quota is used up; free some space or choose another folder"
        case EACCES, EPERM: "permission denied; choose a \(writing ? "folder that you may write to" : "file that you may read")"
        case EROFS: "the file system is read-only; choose another folder"
        case EISDIR: "it is a folder; name a file"
        case ELOOP: "its links lead in a circle; name the file itself"
        case ENAMETOOLONG: "the name is too long; choose a shorter one"
        case EMFILE, ENFILE: "too many files are open; allow more (ulimit -n)"
        default: String(cString: strerror(code))
        }
    }

    /// Whether it tells that something could not be read, and nothing that would keep others from being read.
    public var isOfReading: Bool {
        switch self {
        case .notFound, .unreadable, .invalid: true
        default: false
        }
    }

    /// Whether it is told of the place of one result, and another result may have more luck.
    public var isOfWriting: Bool {
        switch self {
        case .exists, .unwritable: true
        default: false
        }
    }

    /// What is wrong, without the path.
    public var reason: String {
        switch self {
        case .notFound: "it does not exist"
        case let .unreadable(_, reason), let .unwritable(_, reason), let .withoutLocks(_, reason): reason
        case .exists: "it exists already"
        case .locked: "another process has it"
        case let .tooLittleSpace(_, needed, free): "\(ByteCount.text(free)) are free and \(ByteCount.text(needed)) are needed"
        case let .invalid(_, key, problem): key.isEmpty ? problem : "key \"\(key)\" \(problem)"
        }
    }

    /// The same of a path under another name.
    package func renamed(_ name: (String) -> String) -> FileError {
        switch self {
        case let .notFound(path): .notFound(path: name(path))
        case let .unreadable(path, reason): .unreadable(path: name(path), reason: name(reason))
        case let .exists(path): .exists(path: name(path))
        case let .unwritable(path, reason): .unwritable(path: name(path), reason: name(reason))
        case let .locked(path, process): .locked(path: name(path), process: process)
        case let .withoutLocks(path, reason): .withoutLocks(path: name(path), reason: reason)
        case let .tooLittleSpace(path, needed, free): .tooLittleSpace(path: name(path), needed: needed, free: free)
        case let .invalid(path, key, problem): .invalid(path: name(path), key: key, problem: problem)
        }
    }
}

extension FileError: CustomStringConvertible, LocalizedError {
    public var description: String {
        switch self {
        case let .notFound(path):
            "'\(path)' does not exist; check the path"
        case let .unreadable(path, reason):
            "cannot read '\(path)': \(reason)"
        case let .exists(path):
            "'\(path)' exists already; choose another name or ask to overwrite it"
        case let .unwritable(path, reason):
            "cannot write '\(path)': \(reason)"
        case let .locked(path, process):
            "'\(path)' is in use: another process\(process.map { " (\($0))" } ?? "") has it now"
        case let .withoutLocks(path, reason):
            "no locks can be had at '\(path)' (\(reason)), and without them processes that share a folder disturb each "
                + "other; choose a folder on another file system"
        case let .tooLittleSpace(path, needed, free):
            "'\(path)' has \(ByteCount.text(free)) free and about \(ByteCount.text(needed)) are needed; free some space or "
                + "choose another folder"
        case let .invalid(path, _, _):
            "\(path): \(reason)"
        }
    }

    public var errorDescription: String? { description }
}
