import CKernels

/// What computes on this processor.
public enum KernelFacts {
    /// The instructions that kernels use: "avx512", "avx2" or "portable".
    public static var instructionSet: String { String(cString: kernels.name) }
    /// The processor that OpenBLAS takes this one for; "unknown" where another library has its place.
    public static var blasCore: String { String(cString: ck_prepare_blas()) }
}
