import Foundation
import Testing

@Suite struct DoctorTests {
    private struct Report: Decodable {
        struct Check: Decodable {
            let name, state, found: String
            let advice: String?
        }

        let version: String
        let healthy: Bool
        let checks: [Check]

        func check(_ name: String) -> Check? { checks.first { $0.name == name } }
    }

    private func report(_ arguments: [String], in folder: URL, environment: [String: String] = [:]) throws -> (Report, Int32) {
        let result = try Program.start(["doctor", "--json"] + arguments, in: folder, environment: environment).end()
        #expect(result.messages == "", "\(result.messages)")
        return (try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)), result.code)
    }

    @Test func aMachineThatRunsTheseTestsIsHealthy() throws {
        try inFolder { folder in
            let (report, code) = try report(["--model", TinyModel.path], in: folder, environment: ["OPENBLAS_CORETYPE": ""])
            #expect(code == 0 && report.healthy)
            for name in ["build", "instruction set", "threads", "BLAS", "ffmpeg", "ffprobe", "weights", "libpng", "SentencePiece", "disk here", "memory", "terminal"] {
                #expect(report.check(name)?.state != "bad" && report.check(name)?.found.isEmpty == false, "\(name)")
            }
            #expect(report.check("ffmpeg")?.found.contains("with x264") == true)
            #expect(report.check("weights")?.found.contains("16x16, clips of 4 frames") == true)
            #expect(report.checks.allSatisfy { $0.state == "ok" ? $0.advice == nil : $0.advice?.isEmpty == false })
            #expect(try names(in: folder) == [])
        }
    }

    @Test func whatIsBadIsNamedWithAdvice() throws {
        try inFolder { folder in
            let (report, code) = try report(
                ["--model", "absent"], in: folder, environment: ["PATH": "/nowhere", "OPENBLAS_CORETYPE": "Haswell"])
            #expect(code == 1 && !report.healthy)
            #expect(report.check("ffmpeg")?.state == "bad" && report.check("ffmpeg")?.advice?.contains("apt install ffmpeg") == true)
            #expect(report.check("ffprobe")?.state == "warning")
            #expect(report.check("weights")?.state == "bad" && report.check("weights")?.found.contains("'absent'") == true)
            #if arch(x86_64)
            #expect(report.check("BLAS")?.state == "warning" && report.check("BLAS")?.advice?.contains("unset OPENBLAS_CORETYPE") == true)
            #endif
            // The same for people.
            let result = try Program.run("doctor", "--model", "absent", in: folder, environment: ["PATH": "/nowhere"])
            #expect(result.code == 1 && result.output.contains("bad      ffmpeg") && result.output.contains("-> "))
            #expect(result.output.contains("\n2 bad"), "\(result.output)")
        }
    }

    @Test func damagedWeightsAreFound() throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: "unet/diffusion_pytorch_model.safetensors") { $0.prefix($0.count / 2) }
            let (found, code) = try report(["--model", model], in: folder)
            #expect(code == 1 && found.check("weights")?.state == "bad")
            #expect(found.check("weights")?.found.contains("unet/diffusion_pytorch_model.safetensors") == true)
        }
    }

    /// Programs that call themselves ffmpeg.
    @Test(arguments: [
        ("exit 3", "bad", "it does not run"),
        ("[ \"$1\" = -version ] && echo 'ffmpeg version 9.9 Copyright' || echo ' V....D libvpx-vp9  VP9'", "bad", "9.9"),
        ("[ \"$1\" = -version ] && echo 'ffmpeg version 9.9 Copyright' || echo ' V....D libx264  H.264'", "warning", "without the encoders of gif"),
    ])
    func otherFFmpegs(_ script: String, _ state: String, _ expected: String) throws {
        try inFolder { folder in
            for name in ["ffmpeg", "ffprobe"] {
                let file = folder.appendingPathComponent(name)
                try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
            }
            let (report, code) = try report(["--model", TinyModel.path], in: folder, environment: ["PATH": folder.path])
            #expect(code == (state == "bad" ? 1 : 0))
            #expect(report.check("ffmpeg")?.state == state)
            #expect(report.check("ffmpeg")?.found.contains(expected) == true, "\(report.check("ffmpeg")?.found ?? "")")
        }
    }
}
