import Files
import Foundation
import Video

/// What is a run's, by its name: nothing else in a folder may be touched.
extension VideoRun {
    /// Whether a folder is a run's. One that is called NAME.run may be new, or have lost its record; any other must hold
    /// more than a record, which somebody may have copied there.
    static func isRun(_ path: String) -> Bool {
        let names = FilePath.contents(path), isNamed = FilePath.name(of: FilePath.absolute(path)).hasSuffix(suffix)
        return names.contains(where: PieceFile.isOne)
            || names.contains(recordName) && (isNamed || names.contains(lockName))
            || isNamed && names.allSatisfy { [lockName, resultsName].contains($0) || isTemporary($0) }
    }

    /// Whether a killed process left a file on its way, as `AtomicFile` names it.
    static func isTemporary(_ name: String) -> Bool {
        guard let whole = FilePath.result(ofPartial: name) else { return false }
        return whole == recordName || PieceFile.isOne(whole)
    }

    /// Whether a result is on its way: `stagingPath`, and what `AtomicFile` and `AtomicFolder` make beside it.
    static func isStaged(_ name: String) -> Bool {
        name.range(of: "^([01]|\\.[01]\\.[0-9a-z-]+\\.partial)(\\.old)?$", options: .regularExpression) != nil
    }
}
