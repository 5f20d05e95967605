// Makes a video of two clips with a model's own settings, and says on standard error how far it is.
import Foundation
import VidRDKit

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    FileHandle.standardError.write(Data("usage: make-video MODEL PROMPT FILE\n".utf8))
    exit(2)
}

let model = try VideoModel(URL(fileURLWithPath: arguments[1]))
var settings = GenerationSettings(prompt: arguments[2], length: 24, seed: 1, model: model)
settings.steps = 8

let video = try VideoGenerator(model, settings)
let file = try VideoFormat.writer(path: arguments[3], fps: model.defaults.framesPerSecond, overwrite: true)
var count = 0
while let frames = try video.next() {
    for frame in frames { try file.write(frame) }
    count += frames.count
    FileHandle.standardError.write(Data("\(count) of \(settings.length) frames\n".utf8))
}
print(try file.finish())
