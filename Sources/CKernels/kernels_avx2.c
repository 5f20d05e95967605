#include "CKernels.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define VW 8
#define TABLE ck_table_avx2
#define TABLE_NAME "avx2"
#include "kernels_all.inc"
#pragma clang attribute pop
#endif
