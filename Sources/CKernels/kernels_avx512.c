#include "CKernels.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#define VW 16
#define TABLE ck_table_avx512
#define TABLE_NAME "avx512"
#include "kernels_all.inc"
#pragma clang attribute pop
#endif
