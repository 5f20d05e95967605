import Foundation
import Testing

/// What cannot be done ends with code 1, one line that says why, and no file under the final name.
@Suite struct FailureTests {
    @Test func missingModel() throws {
        try inFolder { folder in
            let asked = try Program.run("x", "--model", "nowhere", in: folder)
            try expectRefusal(asked, 1, "--model names 'nowhere', which does not exist", in: folder)
            let named = try Program.run("x", in: folder, environment: ["VIDRD_MODEL": "/nowhere/at/all"])
            try expectRefusal(named, 1, "VIDRD_MODEL names '/nowhere/at/all'", in: folder)
        }
    }

    /// The message says which models ship and what a folder needs.
    @Test func unknownNamesAreToldTheKnownOnes() throws {
        try inFolder { folder in
            let asked = try Program.run("x", "--model", "starte", in: folder)
            try expectRefusal(asked, 1, "models that ship: starter; a folder needs model_index.json", in: folder)
        }
    }

    @Test func modelsOfUnknownClassesAreRefused() throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: "model_index.json") { _ in
                Data(#"{"_class_name": "FluxPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}"#.utf8)
            }
            let result = try Program.run("x", "--model", model, in: folder)
            try expectRefusal(result, 1, "\"FluxPipeline\" cannot be used; known are VidRDPipeline (VidRD)", in: folder, leaving: ["model"])
            let looked = try Program.run("inspect", model, "--summary", in: folder)
            #expect(looked.code == 0 && looked.output.contains("\"FluxPipeline\"") && looked.output.contains("a VidRD video U-Net"))
            let checked = try Program.run("doctor", "--model", model, in: folder)
            #expect(checked.code == 1 && checked.output.contains("\"FluxPipeline\""), "\(checked.output)")
        }
    }

    @Test func foldersAndFilesThatAreNoModel() throws {
        try inFolder { folder in
            try Data("x".utf8).write(to: folder.appendingPathComponent("file"))
            let file = try Program.run("x", "--model", "file", in: folder)
            try expectRefusal(file, 1, "which is a file", in: folder, leaving: ["file"])
            let empty = try Program.run("x", "--model", ".", in: folder)
            try expectRefusal(empty, 1, "model_index.json", in: folder, leaving: ["file"])
        }
    }

    @Test(arguments: TinyModel.weights.values.sorted())
    func truncatedWeights(_ file: String) throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: file) { $0.prefix($0.count / 2) }
            let result = try Program.run("x", "--model", model, in: folder)
            try expectRefusal(result, 1, file, in: folder, leaving: ["model"])
        }
    }

    @Test func foreignWeights() throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: "unet/diffusion_pytorch_model.safetensors") { _ in
                Data("<html><body>not found</body></html>".utf8)
            }
            let result = try Program.run("x", "--model", model, in: folder)
            try expectRefusal(result, 1, "unet/diffusion_pytorch_model.safetensors", in: folder, leaving: ["model"])
        }
    }

    @Test func unwritableOutput() throws {
        try inFolder { folder in
            try Data().write(to: folder.appendingPathComponent("file"))
            let below = try Program.run("x", "-o", "file/video.mp4", "--model", TinyModel.path, in: folder)
            try expectRefusal(below, 1, "it is a file; a folder is needed", in: folder, leaving: ["file"])
            let system = try Program.run("x", "-o", "/proc/video.mp4", "--model", TinyModel.path, in: folder)
            try expectRefusal(system, 1, "/proc/video.mp4", in: folder, leaving: ["file"])
        }
    }

    @Test func noFFmpeg() throws {
        try inFolder { folder in
            let nothing = ["PATH": "/nowhere"]
            let video = try Program.run("x", "-o", "video.mp4", "--model", TinyModel.path, in: folder, environment: nothing)
            try expectRefusal(video, 1, "ffmpeg", in: folder)
            let frames = try Program.run(
                "x", "--frames-dir", "frames", "--model", TinyModel.path, in: folder, environment: nothing)
            #expect(frames.code == 0, "\(frames.messages)")
            #expect(frames.paths == ["frames"])
        }
    }
}
