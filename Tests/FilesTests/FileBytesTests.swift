import Foundation
import Testing

@testable import Files

struct FileBytesTests {
    @Test func aPipeIsReadToItsEnd() throws {
        try withScratch { scratch in
            #expect(scratch.fifo("pipe"))
            let path = scratch["pipe"], text = String(repeating: "{\"a\": 1}\n", count: 20_000)
            Thread.detachNewThread { try? AtomicFile.write(text, to: path) }
            let file = try FileBytes(path)
            #expect(file.data == Data(text.utf8) && file.count == text.utf8.count)
        }
    }

    @Test func whatHasNoEndIsRefused() throws {
        try withScratch { scratch in
            guard scratch.device("zero", 5), scratch.device("null", 3) else { try Test.cancel("only root makes devices") }
            #expect(
                message { _ = try FileBytes(scratch["zero"], streamLimit: 1_000_000) }
                    == "cannot read '\(scratch["zero"])': it has no end within 1.0 MB; name a file")
            #expect(try FileBytes(scratch["null"]).count == 0)
        }
    }

    @Test func foldersAndCirclesAreNamed() throws {
        try withScratch { scratch in
            try scratch.link("circle", to: "circle")
            #expect(message { _ = try FileBytes(scratch.path) } == "cannot read '\(scratch.path)': it is a folder; name a file")
            #expect(message { _ = try FileBytes(scratch["circle"]) }.contains("its links lead in a circle"))
            #expect(message { _ = try FileBytes(scratch["absent"]) }.contains("No such file or directory"))
        }
    }

    @Test func aSocketIsRefused() throws {
        try withScratch { scratch in
            // Names of sockets are short.
            let path = scratch["s"]
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { try Test.cancel("the name is too long") }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            #if os(Linux)
            let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            #else
            let socket = socket(AF_UNIX, SOCK_STREAM, 0)
            #endif
            defer { close(socket) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
            try #require(bound == 0)
            #expect(message { _ = try FileBytes(path) }.contains("cannot read '\(path)': it is a socket"))
            #expect(message { try AtomicFile.write("x", to: path) }.contains("cannot write '\(path)': it is a socket"))
            #expect(scratch.kind("s") == S_IFSOCK)
        }
    }

    @Test func reasonsAdvise() {
        #expect(FileError.writing("f", ENOSPC).description == "cannot write 'f': the disk is full; free some space or choose another folder")
        #expect(FileError.writing("f", EACCES).description == "cannot write 'f': permission denied; choose a folder that you may write to")
        #expect(FileError.reading("f", EACCES).description == "cannot read 'f': permission denied; choose a file that you may read")
        #expect(FileError.writing("f", EMFILE).reason.contains("ulimit -n"))
        let hidden = NSError(
            domain: NSCocoaErrorDomain, code: CocoaError.fileWriteUnknown.rawValue,
            userInfo: [NSUnderlyingErrorKey: NSError(domain: NSPOSIXErrorDomain, code: Int(ENOSPC))])
        #expect(FilePath.systemError(hidden, writing: "f") == .writing("f", ENOSPC))
    }
}
