/// A system's way of making long videos, and what one video asks of it beside the common settings (`GenerationSettings`).
///
/// A value is a part of a run's record: a key that is added later needs a value for records that lack it.
public protocol VideoMethod: Codable, Equatable, Sendable {
    /// What `--method` and records call it.
    static var name: String { get }
    /// The options of the command line that are its own: no other method takes them, unless it says so as well.
    static var options: [String] { get }

    /// What it does where nobody says otherwise.
    init(of model: VideoModel)

    /// The pieces of the video. Throws `GenerationError.invalidOption` for settings out of range.
    func graph(_ settings: GenerationSettings) throws -> any PieceGraph

    /// Makes the pieces. Throws `GenerationError` or `DiffusionError` for settings out of range.
    func makeMaker(_ settings: GenerationSettings, _ denoiser: GuidedDenoiser) throws -> any PieceMaker

    /// Whether every frame is decoded by itself, and not with those beside it.
    var decodesFrameByFrame: Bool { get }

    /// The frames of clips where a clip's length is chosen after the method: what depends on it follows.
    mutating func adapt(toClipsOf frames: Int)

    /// Takes from an earlier video's settings what no new one may choose.
    mutating func inherit(from earlier: Self)
}

extension VideoMethod {
    public var decodesFrameByFrame: Bool { false }
    public mutating func adapt(toClipsOf _: Int) {}
    public mutating func inherit(from _: Self) {}

    static func read(_ decoder: any Decoder) throws -> any VideoMethod { try Self(from: decoder) }

    /// Refuses options of the command line that only other methods take. Throws `GenerationError.otherMethodsOption`.
    package static func check(options given: [String]) throws {
        for option in given where !options.contains(option) {
            let takers = ModelKind.methods.filter { $0.options.contains(option) }.map { $0.name }
            if !takers.isEmpty { throw GenerationError.otherMethodsOption(option: option, method: name, takers: takers) }
        }
    }

    func isEqual(to other: any VideoMethod) -> Bool { other as? Self == self }

    func inheriting(from earlier: any VideoMethod) -> Self {
        guard let earlier = earlier as? Self else { return self }
        var method = self
        method.inherit(from: earlier)
        return method
    }
}

/// A method in a record: its name beside its own settings.
struct RecordedMethod: Codable, Equatable, Sendable {
    var value: any VideoMethod

    static let nameKey = "name"

    private struct Name: Codable { let name: String }

    init(_ value: any VideoMethod) { self.value = value }

    init(from decoder: any Decoder) throws {
        let name = try Name(from: decoder).name, known = ModelKind.methods
        for method in known where method.name == name {
            value = try method.read(decoder)
            return
        }
        let problem = "is \"\(name)\" and must be one of \(known.map { $0.name }.joined(separator: ", "))"
        throw DecodingError.dataCorrupted(
            DecodingError.Context(codingPath: decoder.codingPath + [Key(Self.nameKey)], debugDescription: problem))
    }

    func encode(to encoder: any Encoder) throws {
        try Name(name: type(of: value).name).encode(to: encoder)
        try value.encode(to: encoder)
    }

    static func == (first: Self, second: Self) -> Bool { first.value.isEqual(to: second.value) }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue _: Int) { nil }
    }
}
