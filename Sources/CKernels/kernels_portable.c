#include "CKernels.h"

#include <math.h>
#include <string.h>

#define VW 4
#define TABLE ck_table_portable
#define TABLE_NAME "portable"
#include "kernels_all.inc"
