// Everything that a program needs to make videos, under one import: models and their settings, generation, files of
// frames, and the errors that these throw.
@_exported import Checkpoints
@_exported import Diffusion
@_exported import Files
@_exported import Generation
@_exported import Models
@_exported import Tensors
@_exported import Text
@_exported import Video
