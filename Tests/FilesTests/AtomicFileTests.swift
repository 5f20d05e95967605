import Foundation
import Testing

@testable import Files

struct AtomicFileTests {
    @Test func itAppearsWholeAndNothingElseIsLeft() throws {
        try withScratch { scratch in
            let file = try AtomicFile(scratch["new/a.txt"])
            try file.write("one")
            #expect(!FileManager.default.fileExists(atPath: file.path))
            try file.write(Data(" two".utf8))
            try file.commit()
            #expect(scratch.text("new/a.txt") == "one two")
            try AtomicFile.write("three", to: scratch["new/a.txt"])
            #expect(scratch.text("new/a.txt") == "three")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch["new"]) == ["a.txt"])
        }
    }

    @Test func whatIsNotCommittedIsRemoved() throws {
        try withScratch { scratch in
            try scratch.write("old", "a")
            do {
                let file = try AtomicFile(scratch["a"])
                try file.write("new")
                #expect(scratch.names.count == 2)
            }
            #expect(scratch.names == ["a"] && scratch.text("a") == "old")
            #expect(message { _ = try AtomicFile(scratch["a"], overwrite: false) }.contains("exists already"))
            try AtomicFile.check(scratch["b"])
            #expect(scratch.names == ["a"])
        }
    }

    @Test func aNameThatAppearedMeanwhileIsNotReplaced() throws {
        try withScratch { scratch in
            let file = try AtomicFile(scratch["a"], overwrite: false)
            try scratch.write("theirs", "a")
            #expect(throws: FileError.exists(path: scratch["a"])) { try file.commit() }
            #expect(scratch.names == ["a"] && scratch.text("a") == "theirs")
        }
    }

    @Test func placesThatCannotBeAreNamed() throws {
        try withScratch { scratch in
            try scratch.folder("folder")
            try scratch.write("", "file")
            #expect(
                message { _ = try AtomicFile(scratch["folder"]) } == "cannot write '\(scratch["folder"])': it is a folder; name a file")
            #expect(
                message { _ = try AtomicFile(scratch["file/a/b"]) }
                    == "cannot write '\(scratch["file"])': it is a file; a folder is needed here")
            #expect(message { _ = try AtomicFile("") } == "cannot write '': the name is empty")
            #expect(
                message { _ = try AtomicFile("/proc/nowhere/a/b") } == "cannot write '/proc/nowhere/a/b': No such file or directory")
            #expect(scratch.names == ["file", "folder"])
        }
    }

    // MARK: Links

    @Test func aLinkStaysALink() throws {
        try withScratch { scratch in
            try scratch.folder("elsewhere")
            try scratch.write("old", "elsewhere/a")
            try scratch.link("link", to: "elsewhere/a")
            try scratch.link("second", to: scratch["link"])
            try AtomicFile.write("new", to: scratch["second"])
            #expect(scratch.leads("second") == scratch["link"] && scratch.leads("link") == "elsewhere/a")
            #expect(scratch.text("elsewhere/a") == "new")
            #expect(scratch.names == ["elsewhere", "link", "second"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch["elsewhere"]) == ["a"])
        }
    }

    @Test func aDanglingLinkGetsItsTarget() throws {
        try withScratch { scratch in
            try scratch.link("link", to: "new")
            try AtomicFile.write("text", to: scratch["link"])
            #expect(scratch.leads("link") == "new" && scratch.text("new") == "text")
            try scratch.link("lost", to: "absent/new")
            #expect(message { try AtomicFile.write("text", to: scratch["lost"]) }.contains("whose folder does not exist"))
            try scratch.link("circle", to: "circle")
            #expect(message { try AtomicFile.write("text", to: scratch["circle"]) }.contains("its links lead in a circle"))
            #expect(scratch.names == ["circle", "link", "lost", "new"])
        }
    }

    // MARK: What is no regular file

    @Test func aPipeIsWrittenInto() throws {
        try withScratch { scratch in
            #expect(scratch.fifo("pipe"))
            try scratch.link("link", to: "pipe")
            for name in ["pipe", "link"] {
                // Without a reader: nothing is opened.
                try AtomicFile.check(scratch[name], overwrite: false)
                let whole = String(repeating: "0123456789", count: 30_000), read = scratch.reader(name)
                try AtomicFile.write(whole, to: scratch[name])
                #expect(read() == whole)
            }
            #expect(scratch.kind("pipe") == S_IFIFO && scratch.kind("link") == S_IFLNK && scratch.names == ["link", "pipe"])
            #expect(!FilePath.isTaken(scratch["pipe"]))
        }
    }

    @Test func aDeviceStaysADevice() throws {
        try withScratch { scratch in
            guard scratch.device("null", 3), scratch.device("full", 7) else { try Test.cancel("only root makes devices") }
            try AtomicFile.write("text", to: scratch["null"])
            #expect(
                message { try AtomicFile.write("text", to: scratch["full"]) }
                    == "cannot write '\(scratch["full"])': the disk is full; free some space or choose another folder")
            #expect(scratch.kind("null") == S_IFCHR && scratch.kind("full") == S_IFCHR && scratch.names == ["full", "null"])
        }
    }

    /// As /dev/stdout may be: what the process has written there before stays.
    @Test func anOpenFileIsAppendedTo() throws {
        try withScratch { scratch in
            let descriptor = open(scratch["out"], O_CREAT | O_WRONLY | O_TRUNC, 0o600)
            defer { close(descriptor) }
            #expect(write(descriptor, "one ", 4) == 4)
            for folder in ["/dev/fd", "/proc/self/fd"] where FilePath.exists(folder) {
                try AtomicFile.write("two ", to: "\(folder)/\(descriptor)")
            }
            #expect(scratch.text("out")?.hasPrefix("one two ") == true && scratch.names == ["out"])
        }
    }

    // MARK: Names on the way

    @Test(arguments: [
        (".record.json.123-1z141z3.partial", "record.json"), (".record.json.123-1z141z3", "record.json"),
        (".x.mp4.1z141z3.partial", "x.mp4"), ("record.json", nil), (".hidden", nil), (".partial", nil), ("x.12-3.partial", nil),
    ])
    func partialNames(_ name: String, _ result: String?) { #expect(FilePath.result(ofPartial: name) == result) }

    @Test func temporaryNamesAreRecognised() throws {
        try withScratch { scratch in
            let file = try AtomicFile(scratch["a.json"])
            #expect(FilePath.result(ofPartial: FilePath.name(of: file.temporaryPath)) == "a.json")
            let long = try AtomicFile(scratch[String(repeating: "ä", count: 120)])
            try long.commit()
            #expect(FilePath.name(of: long.temporaryPath).utf8.count < 250)
        }
    }
}
