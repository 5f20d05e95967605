import Foundation

/// The two streams: results on stdout, everything else on stderr.
enum Console {
    /// A line of progress or a message.
    static func status(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// What the command was asked for: usually a path.
    static func result(_ text: String) { print(text) }
}
