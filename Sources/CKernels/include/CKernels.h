// Hot loops of vidrd. Every function works on a range of its problem and on the calling thread only: the thread pool in
// Tensors splits the work.
//
// All arrays are float32 and dense unless a stride says otherwise; activations are channels-last.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdint.h>

typedef struct {
    long batch, height, width, in_channels;  // input  [batch, height, width, in_channels]
    long out_height, out_width, out_channels;  // output [batch, out_height, out_width, out_channels]
    long kernel_h, kernel_w, stride, pad_top, pad_left;
    // Winograd's forward only. 1: x is half as high and wide, rounded up, and every number of it stands for two by two.
    long upsampled;
} ck_conv_shape;

typedef struct {
    long batch, frames, pixels, in_channels, out_channels;  // [batch, frames, pixels, in_channels]
} ck_frames_shape;

// How the numbers of a packed weight are stored.
enum { CK_FLOAT16, CK_BFLOAT16, CK_FLOAT32 };

// Scaled dot-product attention over strided views: element (i1, i2, row, head, j) of q lies at
// q + i1 * q_s1 + i2 * q_s2 + row * q_row + head * head_dim + j, and likewise for k, v (kv_*) and the output (q_*).
// With a block > 0, query i stands at place offset + i among the keys, which begin with a block: it sees the keys of its
// own block and of the blocks before, with a window > 0 those of so many blocks, its own among them. One that sees no key
// gives zeros.
typedef struct {
    long n1, n2, heads, queries, keys, head_dim;
    long q_s1, q_s2, q_row;
    long kv_s1, kv_s2, kv_row;
    float scale;
    long block, offset, window;
} ck_attention_shape;

typedef struct {
    const char *name;  // instruction set
    long panel;  // columns of a packed panel: padded channel counts are multiples of it

    // --- matrix products -------------------------------------------------------------------------
    // Packs b [k, n] (row stride ldb) into panels of `panel` columns, zero padded.
    void (*pack_b)(long k, long n, const float *b, long ldb, float *packed);
    // c [m, n padded to panels] = a [m, k] * packed b; rows of c have stride ldc >= padded n.
    void (*gemm_packed)(long m, long n, long k, const float *a, long lda, const float *packed, float *c, long ldc);

    // Packs weight [n, k] into the panels of its transpose.
    void (*pack_linear)(long k, long n, const float *weight, float *packed);
    // y [rows, n] = x [rows, k] * packed + bias + residual [rows, n]; both may be null.
    void (*linear)(long rows, long n, long k, const float *x, const float *packed, const float *bias,
                   const float *residual, float *y);
    // y [rows, c] = a * gelu(b) for the two halves a, b of x * packed + bias [2c].
    void (*linear_geglu)(long rows, long c, long k, const float *x, const float *packed, const float *bias, float *y);

    // float32 from float16 or bfloat16.
    void (*expand)(long n, int kind, const void *x, float *y);
    // A weight [out, in, taps] to panels lo..<hi of [out / panel, in, taps, panel], filled up with zeros.
    void (*pack_weight)(long in, long out, long taps, long lo, long hi, int kind, const void *source, void *target);
    // `linear` and `linear_geglu` with such a weight: output panels lo..<hi. With several taps x has the columns of
    // im2col. For GEGLU c is a multiple of `panel`.
    void (*linear_packed)(long rows, long n, long k, long taps, long lo, long hi, int kind, const float *x,
                           const void *weight, const float *bias, const float *residual, float *y);
    void (*linear_packed_geglu)(long rows, long c, long k, long lo, long hi, int kind, const float *x,
                                 const void *weight, const float *bias, float *y);

    // --- 3x3 convolution, stride 1, padding 1, by Winograd F(4x4, 3x3) (Lavin & Gray, 2015) -------
    // Input channels lo..<hi of a product [in] -> [out] with 36 packed matrices [in, out]. The weight has PyTorch's
    // layout: [out, in, 3, 3], or, `flipped` for the gradient of the input, [in, out, 3, 3] turned by 180 degrees.
    void (*winograd_weight)(long in, long out, long lo, long hi, int flipped, const float *weight, float *packed);
    long (*winograd_weight_size)(long in, long out);
    // Output tiles lo..<hi of batch * ceil(h/4) * ceil(w/4); bias may be null, and so may residual, which is laid out as y
    // and added.
    void (*winograd_forward)(const ck_conv_shape *s, long lo, long hi, const float *x, const float *packed,
                             const float *bias, const float *residual, float *y);
    // The same in two steps, for weights too large to be kept transformed. First tiles lo..<hi of the `count` tiles
    // from `base` on go to v [36, count, in padded to vectors]; then output panels lo..<hi, of `panel` channels each,
    // of these tiles, with a weight of pack_weight.
    long (*winograd_input_size)(long in, long count);
    void (*winograd_input)(const ck_conv_shape *s, long base, long count, long lo, long hi, const float *x, float *v);
    void (*winograd_panels)(const ck_conv_shape *s, long base, long count, long lo, long hi, const float *v, int kind,
                            const void *weight, const float *bias, const float *residual, float *y);

    // --- (3, 1, 1) convolution along frames, by Winograd F(4, 3) in one dimension ------------------
    // Two steps as above, with v [6, count, in padded], 3 taps and tiles of 4 frames of a pixel:
    // batch * pixels * ceil(frames/4) of them, frames fastest: tiles of whole pixels may write over what they have read.
    long (*frames_input_size)(long in, long count);
    void (*frames_input)(const ck_frames_shape *s, long base, long count, long lo, long hi, const float *x, float *v);
    void (*frames_panels)(const ck_frames_shape *s, long base, long count, long lo, long hi, const float *v, int kind,
                          const void *weight, const float *bias, const float *residual, float *y);
    // Adds the tiles' part to gradient [36, in, out padded to panels].
    void (*winograd_weight_gradient)(const ck_conv_shape *s, long lo, long hi, const float *x, const float *dy,
                                     float *gradient);
    // Input channels lo..<hi of [36, in, out padded] -> [out, in, 3, 3].
    void (*winograd_weight_gradient_finish)(long in, long out, long lo, long hi, const float *gradient,
                                            float *dweight);

    // --- any convolution ---------------------------------------------------------------------------
    // Rows lo..<hi of batch * out_height: columns [(hi-lo) * out_width, kernel_h * kernel_w * in_channels].
    void (*im2col)(const ck_conv_shape *s, long lo, long hi, const float *x, float *columns);
    // Adds the columns of rows lo..<hi back into dx.
    void (*col2im)(const ck_conv_shape *s, long lo, long hi, const float *columns, float *dx);

    // --- attention -----------------------------------------------------------------------------------
    // Units lo..<hi of n1 * n2 * heads. lse [n1, n2, heads, queries] may be null.
    void (*attention_forward)(const ck_attention_shape *s, long lo, long hi, const float *q, const float *k,
                              const float *v, float *out, float *lse);
    // Units lo..<hi of n1 * heads; the n2 views of a unit may share keys, whose gradients are added up.
    // dk and dv must be zero before.
    void (*attention_backward)(const ck_attention_shape *s, long lo, long hi, const float *q, const float *k,
                               const float *v, const float *out, const float *lse, const float *dout, float *dq,
                               float *dk, float *dv);

    // --- normalisation --------------------------------------------------------------------------------
    // Per-channel sum and sum of squares over rows of x [rows, c], added to double sums [c] and squares [c].
    void (*channel_sums)(long rows, long c, const float *x, double *sums, double *squares);
    // y = act(x * scale[c] + shift[c]); act: 0 none, 1 SiLU.
    void (*scale_shift)(long rows, long c, const float *x, const float *scale, const float *shift, int act, float *y);
    // With g = dy * act'(x * scale + shift): adds sum g and sum g * x per channel.
    void (*scale_shift_sums)(long rows, long c, const float *x, const float *dy, const float *scale,
                             const float *shift, int act, double *sum_g, double *sum_gx);
    // dx = g * a[c] + x * b[c] + d[c].
    void (*scale_shift_gradient)(long rows, long c, const float *x, const float *dy, const float *scale,
                                 const float *shift, int act, const float *a, const float *b, const float *d,
                                 float *dx);
    // Layer norm over c; mean and rstd [rows] may be null.
    void (*layer_norm)(long rows, long c, const float *x, const float *gamma, const float *beta, float eps, float *y,
                       float *mean, float *rstd);
    // dgamma and dbeta [c] are added to.
    void (*layer_norm_gradient)(long rows, long c, const float *x, const float *gamma, const float *mean,
                                const float *rstd, const float *dy, float *dx, float *dgamma, float *dbeta);

    // --- element by element ----------------------------------------------------------------------------
    void (*add)(long n, const float *a, const float *b, float *y);
    void (*multiply)(long n, const float *a, const float *b, float *y);
    void (*axpby)(long n, float a, const float *x, float b, float *y);  // y = a x + b y
    // Activations: 0 SiLU, 1 GELU (erf), 2 quick GELU, 3 exp.
    void (*activation)(long n, int kind, const float *x, float *y);
    void (*activation_gradient)(long n, int kind, const float *x, const float *dy, float *dx);
    // x [rows, 2c] -> y [rows, c] = x[:, :c] * gelu(x[:, c:])
    void (*geglu)(long rows, long c, const float *x, float *y);
    void (*geglu_gradient)(long rows, long c, const float *x, const float *dy, float *dx);
    void (*add_rows)(long rows, long c, const float *x, const float *row, float *y);  // y = x + row
    void (*column_sums)(long rows, long c, const float *x, float *sums);  // added
    double (*dot)(long n, const float *a, const float *b);
    double (*absolute_sum)(long n, const float *a);
    void (*sign)(long n, const float *x, float scale, float *y);
    // One AdamW step (Loshchilov & Hutter): m, v and w change in place; gradient is multiplied by `clip` first.
    void (*adamw)(long n, float *w, const float *gradient, float *m, float *v, float lr, float beta1, float beta2,
                  float eps, float decay, float correction1, float correction2, float clip);
    // With g = gradient * clip: m = g + momentum * m, and update = g + momentum * m.
    void (*nesterov)(long n, const float *gradient, float clip, float momentum, float *m, float *update);
    // x [rows, columns] becomes nearly orthogonal by Newton-Schulz iterations; zeros stay zeros.
    void (*newton_schulz)(long rows, long columns, int iterations, float *x);
} ck_table;

// The kernels for this processor. VIDRD_ISA=portable|avx2|avx512 asks for a lesser set.
const ck_table *ck_kernels(void);
// The kernels of one instruction set, or null where this processor cannot run them.
const ck_table *ck_kernels_named(const char *name);

// Lets OpenBLAS run single-threaded, and returns the name of the kernels that it chose.
const char *ck_prepare_blas(void);

// Gives the system what the allocator holds and nobody uses, and lets large blocks go there at once from now on.
void ck_return_memory(void);

// Scratch memory of the calling thread, valid until the next call on it with the same slot (0..<4). It grows with what is
// asked for and goes when the thread ends. Where there is no more of it, what `ck_when_exhausted` was given is called with the
// bytes, and must not return.
float *ck_scratch(int slot, long floats);
void ck_when_exhausted(void (*end)(long bytes));
// Bytes of scratch memory that all threads hold.
uint64_t ck_scratch_held(void);
// The most bytes that one thread may have asked for since `ck_scratch_forget`, in any of its slots together.
uint64_t ck_scratch_asked(void);
void ck_scratch_forget(void);

// What belongs to a thread: whether it is inside a parallel job, whether it records operations for gradients, and how
// many multiplications it has asked for.
typedef struct {
    int inside_job, recording_off;
    int64_t multiplications;
} ck_thread;
ck_thread *ck_this_thread(void);

// Counters that several threads share.
uint64_t ck_counter_read(const uint64_t *counter);
uint64_t ck_counter_add(uint64_t *counter, uint64_t amount);  // the new value
// Looks at a counter some microseconds long; whether it left `value` meanwhile.
int ck_counter_leaves(const uint64_t *counter, uint64_t value);

#endif
