import Foundation

/// How often a classifier finds in clips what their captions state.
public struct SceneAccuracy: Codable, Equatable, Sendable {
    public struct Share: Codable, Equatable, Sendable {
        public var right = 0
        public var of = 0

        public init() {}

        /// From 0 to 1; NaN where nothing was asked.
        public var value: Double { of > 0 ? Double(right) / Double(of) : .nan }
        /// Standard error of the share.
        public var error: Double { of > 0 ? (value * (1 - value) / Double(of)).squareRoot() : .nan }
    }

    /// By question: family, colour, count, time.
    public private(set) var questions: [String: Share] = [:]
    /// Families' own shares of the question "family".
    public private(set) var families: [String: Share] = [:]

    public init() {}

    /// Takes one clip into account.
    ///
    /// - Parameters:
    ///   - stated: what the caption asks for, by question; nothing else is asked.
    ///   - found: the classifier's answers.
    public mutating func add(stated: [String: String], found: [String: String]) {
        for (question, answer) in stated {
            let isRight = found[question] == answer
            questions[question, default: Share()].of += 1
            questions[question, default: Share()].right += isRight ? 1 : 0
        }
        if let family = stated["family"] {
            families[family, default: Share()].of += 1
            families[family, default: Share()].right += found["family"] == family ? 1 : 0
        }
    }
}
