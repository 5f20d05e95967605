import Foundation
import Testing

@testable import Files

struct FileLockTests {
    @Test func oneHolderAtATime() throws {
        try withScratch { scratch in
            var first: FileLock? = try FileLock(scratch["lock"])
            #expect(first?.isHeld == true && first?.isInPlace == true)
            #expect(throws: FileError.locked(path: scratch["lock"], process: Int(getpid()))) { try FileLock(scratch["lock"]) }
            first = nil
            let second = try FileLock(scratch["lock"])
            #expect(scratch.names == ["lock"])
            rename(scratch["lock"], scratch["moved"])
            #expect(!second.isInPlace)
        }
    }

    @Test func aLockWaits() throws {
        try withScratch { scratch in
            nonisolated(unsafe) var first: FileLock? = try FileLock(scratch["lock"], removesFile: true)
            Thread.detachNewThread {
                usleep(50_000)
                first = nil
            }
            let second = try FileLock(scratch["lock"], waits: true)
            // The first one's file went with it.
            #expect(second.isInPlace && first == nil)
        }
    }

    @Test(arguments: [ENOLCK, ENOTSUP, EOPNOTSUPP, ENOSYS, EINVAL, EIO])
    func aFileSystemWithoutLocksIsToldFromAHolder(_ code: Int32) throws {
        try withScratch { scratch in
            #expect(throws: FileError.withoutLocks(path: scratch["lock"], reason: String(cString: strerror(code)))) {
                try FileLock(scratch["lock"]) { _, _ in code }
            }
            let free = try FileLock(scratch["lock"], needsLocks: false, system: { _, _ in code })
            #expect(!free.isHeld && free.isInPlace)
            #expect(throws: FileError.locked(path: scratch["lock"], process: Int(getpid()))) {
                try FileLock(scratch["lock"], needsLocks: false) { _, _ in EWOULDBLOCK }
            }
        }
    }

    @Test func signalsDoNotBreakTheWait() throws {
        try withScratch { scratch in
            nonisolated(unsafe) var calls = 0
            let lock = try FileLock(scratch["lock"], waits: true) { descriptor, operation in
                calls += 1
                return calls < 3 ? EINTR : FileLock.system(descriptor, operation)
            }
            #expect(lock.isHeld && calls == 3)
        }
    }

    @Test func aPlaceWithoutAFileIsNamed() throws {
        try withScratch { scratch in
            try scratch.folder("folder")
            #expect(message { _ = try FileLock(scratch["folder"]) }.contains("it is a folder; name a file"))
            #expect(message { _ = try FileLock(scratch["absent/lock"]) }.contains("cannot write"))
        }
    }
}
