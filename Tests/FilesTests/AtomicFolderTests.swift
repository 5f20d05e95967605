import Foundation
import Testing

@testable import Files

struct AtomicFolderTests {
    private static let pictures = AtomicFolder.Contents("frames") { $0.hasSuffix(".png") }

    private func fill(_ folder: AtomicFolder, _ names: String...) throws {
        for name in names { try Data("new".utf8).write(to: URL(fileURLWithPath: folder.temporaryPath + "/" + name)) }
    }

    @Test func itAppearsWhole() throws {
        try withScratch { scratch in
            let folder = try AtomicFolder(scratch["new/out/"])
            try fill(folder, "1.png")
            #expect(!FilePath.exists(scratch["new/out"]))
            try folder.commit()
            #expect(FilePath.contents(scratch["new"]) == ["out"] && FilePath.contents(scratch["new/out"]) == ["1.png"])
            try AtomicFolder(scratch["other"]).discard()
            #expect(scratch.names == ["new"])
        }
    }

    @Test func onlyItsOwnKindIsReplaced() throws {
        try withScratch { scratch in
            try scratch.folder("out")
            try scratch.write("old", "out/1.png")
            try scratch.write("old", "out/2.png")
            #expect(throws: FileError.exists(path: scratch["out"])) { try AtomicFolder(scratch["out"]) }
            let folder = try AtomicFolder(scratch["out"], replacing: Self.pictures)
            try fill(folder, "1.png")
            try scratch.write("mine", "out/letter.txt")
            #expect(message { try folder.commit() }.contains("nothing but frames is overwritten, and it holds 'letter.txt'"))
            folder.discard()
            #expect(FilePath.contents(scratch["out"]) == ["1.png", "2.png", "letter.txt"] && scratch.names == ["out"])
            #expect(message { _ = try AtomicFolder(scratch["out"], replacing: Self.pictures) }.contains("it holds 'letter.txt'"))
            unlink(scratch["out/letter.txt"])
            let second = try AtomicFolder(scratch["out"], replacing: Self.pictures)
            try fill(second, "1.png")
            try second.commit()
            #expect(FilePath.contents(scratch["out"]) == ["1.png"] && scratch.text("out/1.png") == "new" && scratch.names == ["out"])
        }
    }

    @Test func aLinkStaysALink() throws {
        try withScratch { scratch in
            try scratch.folder("place/real")
            try scratch.write("old", "place/real/1.png")
            try scratch.link("out", to: "place/real")
            let folder = try AtomicFolder(scratch["out"], replacing: Self.pictures)
            try fill(folder, "2.png")
            try folder.commit()
            #expect(scratch.leads("out") == "place/real" && FilePath.contents(scratch["place"]) == ["real"])
            #expect(FilePath.contents(scratch["place/real"]) == ["2.png"])
        }
    }

    @Test func whatIsNoFolderIsRefused() throws {
        try withScratch { scratch in
            try scratch.write("", "file")
            #expect(scratch.fifo("pipe"))
            for name in ["file", "pipe"] {
                #expect(message { _ = try AtomicFolder(scratch[name], replacing: Self.pictures) }.contains("name a folder"))
            }
            #expect(scratch.names == ["file", "pipe"])
        }
    }
}
