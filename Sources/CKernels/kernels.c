#include "CKernels.h"

#include <cblas.h>
#include <pthread.h>
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
    // Several threads may ask first at once, and find the same.
    static const ck_table *known = 0;
    const ck_table *chosen = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
    if (!chosen) {
        const char *wanted = getenv("VIDRD_ISA");
        const ck_table *table = wanted ? ck_kernels_named(wanted) : 0;
        if (!table) table = ck_kernels_named("avx512");
        if (!table) table = ck_kernels_named("avx2");
        if (!table) table = &ck_table_portable;
        chosen = table;
        __atomic_store_n(&known, chosen, __ATOMIC_RELEASE);
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

typedef struct {
    float *memory;
    long floats;
} ck_block;

static _Thread_local ck_block scratch[4];
static uint64_t scratch_held, scratch_asked[4];
static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;

static void give_scratch(void *blocks) {
    for (int slot = 0; slot < 4; slot++) {
        ck_block *block = (ck_block *)blocks + slot;
        free(block->memory);
        __atomic_sub_fetch(&scratch_held, (uint64_t)block->floats * 4, __ATOMIC_RELAXED);
        *block = (ck_block){0, 0};
    }
}

static void make_scratch_key(void) { pthread_key_create(&scratch_key, give_scratch); }

static void end(long bytes) {
    (void)bytes;
    abort();
}

static void (*exhausted)(long bytes) = end;

void ck_when_exhausted(void (*end)(long bytes)) { __atomic_store_n(&exhausted, end, __ATOMIC_RELEASE); }

float *ck_scratch(int slot, long floats) {
    ck_block *block = scratch + slot;
    uint64_t bytes = ((uint64_t)floats * 4 + 4095) / 4096 * 4096;
    uint64_t most = __atomic_load_n(scratch_asked + slot, __ATOMIC_RELAXED);
    while (bytes > most && !__atomic_compare_exchange_n(scratch_asked + slot, &most, bytes, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
    if (block->floats < floats) {
        pthread_once(&scratch_once, make_scratch_key);
        pthread_setspecific(scratch_key, scratch);
        free(block->memory);
        __atomic_sub_fetch(&scratch_held, (uint64_t)block->floats * 4, __ATOMIC_RELAXED);
        *block = (ck_block){0, 0};
        block->memory = aligned_alloc(64, bytes);
        if (!block->memory) __atomic_load_n(&exhausted, __ATOMIC_ACQUIRE)((long)bytes);
        block->floats = (long)(bytes / 4);
        __atomic_add_fetch(&scratch_held, bytes, __ATOMIC_RELAXED);
    }
    return block->memory;
}

uint64_t ck_scratch_held(void) { return __atomic_load_n(&scratch_held, __ATOMIC_RELAXED); }

uint64_t ck_scratch_asked(void) {
    uint64_t sum = 0;
    for (int slot = 0; slot < 4; slot++) sum += __atomic_load_n(scratch_asked + slot, __ATOMIC_RELAXED);
    return sum;
}

void ck_scratch_forget(void) {
    for (int slot = 0; slot < 4; slot++) __atomic_store_n(scratch_asked + slot, 0, __ATOMIC_RELAXED);
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
