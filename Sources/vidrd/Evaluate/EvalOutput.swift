import Checkpoints
import Files
import Foundation

/// Where results go: JSON to a file or to stdout, which then carries nothing else.
enum EvalOutput {
    static func write(_ value: some Encodable, json: String?, text: () -> [String]) throws {
        if json != "-" { text().forEach(Console.result) }
        guard let json else { return }
        if json == "-" {
            Console.result(try JSONFile.text(value))
        } else {
            try JSONFile.write(value, to: URL(fileURLWithPath: json))
        }
    }
}
