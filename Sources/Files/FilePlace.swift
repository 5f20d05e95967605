import Foundation

/// What a path leads to. Files that only a name stands for are replaced; what is more than a name (a device, a FIFO, an
/// open file of this process) is opened and written into, and a link stays a link.
package struct FilePlace {
    package enum Kind {
        case nothing, regular, folder
        /// A device, a FIFO or a socket, or a file that this process has open already.
        case special
    }

    /// As it was asked for.
    package let path: String
    /// What is there, or would be, when all links are followed.
    package let target: String
    package let kind: Kind
    /// Of a path such as /dev/stdout: the open file that it stands for.
    let descriptor: Int32?

    /// Follows links. Throws `FileError.unwritable` where they lead in a circle.
    package init(_ path: String) throws {
        self.path = path
        var target = path, hops = 0
        while true {
            if let number = Self.descriptor(in: target) {
                (self.target, kind, descriptor) = (target, .special, number)
                return
            }
            guard let next = Self.link(target) else { break }
            hops += 1
            guard hops <= 40 else { throw FileError.writing(path, ELOOP) }
            target = FilePath.join(FilePath.parent(of: target), next)
        }
        (self.target, descriptor) = (target, nil)
        var facts = stat()
        guard stat(target.isEmpty ? "." : target, &facts) == 0 else {
            kind = .nothing
            return
        }
        kind = switch facts.st_mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .folder
        default: .special
        }
    }

    /// Whether the path is a link.
    package var isLink: Bool { target != path }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path, &buffer, Int(PATH_MAX))
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Of `/dev/stdout`, `/dev/fd/1` and `/proc/self/fd/1`: 1.
    private static func descriptor(in path: String) -> Int32? {
        switch path {
        case "/dev/stdin": return STDIN_FILENO
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"] where path.hasPrefix(folder) {
                return Int32(path.dropFirst(folder.count))
            }
            return nil
        }
    }

    /// Opens what is no regular file to read or to write, without making, emptying or replacing anything. A FIFO waits
    /// for its other end. Throws `FileError`.
    func openSpecial(writing: Bool) throws -> Int32 {
        let opened: Int32
        if let descriptor {
            // Opened anew, a file would be written over from its beginning.
            opened = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        } else {
            opened = open(target, (writing ? O_WRONLY : O_RDONLY) | O_CLOEXEC | O_NOCTTY)
        }
        if opened >= 0 { return opened }
        let code = errno
        if code == ENXIO {
            let reason = "it is a socket or a device without a driver, which cannot be opened as a file; name a file or a pipe"
            throw writing ? FileError.unwritable(path: path, reason: reason) : .unreadable(path: path, reason: reason)
        }
        throw writing ? FileError.writing(path, code) : .reading(path, code)
    }
}
