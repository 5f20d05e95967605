#include "CKernels.h"

#include <cblas.h>
#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <string.h>

extern const ck_table ck_table_portable;
#if defined(__x86_64__)
extern const ck_table ck_table_avx2;
extern const ck_table ck_table_avx512;
#endif

static int runs_avx2(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
#else
    return 0;
#endif
}

static int runs_avx512(void) {
#if defined(__x86_64__)
    return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#else
    return 0;
#endif
}

const ck_table *ck_kernels_named(const char *name) {
#if defined(__x86_64__)
    if (!strcmp(name, "avx512") && runs_avx512()) return &ck_table_avx512;
    if (!strcmp(name, "avx2") && runs_avx2()) return &ck_table_avx2;
#endif
    return strcmp(name, "portable") ? 0 : &ck_table_portable;
}

const ck_table *ck_kernels(void) {
    static const ck_table *chosen = 0;
    if (!chosen) {
        const char *wanted = getenv("VIDRD_ISA");
        const ck_table *table = wanted ? ck_kernels_named(wanted) : 0;
        if (!table) table = ck_kernels_named("avx512");
        if (!table) table = ck_kernels_named("avx2");
        if (!table) table = &ck_table_portable;
        chosen = table;
    }
    return chosen;
}

// OpenBLAS's own functions, absent from other libraries with the same interface.
extern char *openblas_get_corename(void) __attribute__((weak));
extern void openblas_set_num_threads(int) __attribute__((weak));

const char *ck_prepare_blas(void) {
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    return openblas_get_corename ? openblas_get_corename() : "unknown";
}

void ck_return_memory(void) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    malloc_trim(0);
#endif
}

static _Thread_local struct {
    float *memory;
    long floats;
} scratch[4];

float *ck_scratch(int slot, long floats) {
    if (scratch[slot].floats < floats) {
        free(scratch[slot].memory);
        long bytes = (floats * 4 + 4095) / 4096 * 4096;
        scratch[slot].memory = aligned_alloc(64, (size_t)bytes);
        if (!scratch[slot].memory) abort();
        scratch[slot].floats = bytes / 4;
    }
    return scratch[slot].memory;
}

ck_thread *ck_this_thread(void) {
    static _Thread_local ck_thread state;
    return &state;
}

uint64_t ck_counter_read(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_ACQUIRE); }

uint64_t ck_counter_add(uint64_t *counter, uint64_t amount) {
    return __atomic_add_fetch(counter, amount, __ATOMIC_ACQ_REL);
}

int ck_counter_leaves(const uint64_t *counter, uint64_t value) {
    for (int i = 0; i < 1000; i++) {
        if (ck_counter_read(counter) != value) return 1;
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    }
    return 0;
}
