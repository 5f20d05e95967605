#ifndef CSENTENCEPIECE_H
#define CSENTENCEPIECE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A C face over libsentencepiece. Functions that can fail return NULL (or a negative number) and set
   *error to a message that the caller frees with sp_free. No C++ exception leaves this file. */

typedef struct sp_model sp_model;

/* One piece of an encoded text and the bytes of the text it stands for. */
typedef struct {
    int32_t id;
    uint32_t begin;
    uint32_t end;
} sp_span;

/* Loads a serialized model. */
sp_model *sp_load(const void *bytes, size_t count, char **error);
void sp_release(sp_model *model);

/* Encodes `count` bytes of UTF-8. Returns the number of pieces and sets *spans, which the caller frees. */
int64_t sp_encode(const sp_model *model, const char *text, size_t count, sp_span **spans, char **error);

int32_t sp_size(const sp_model *model);
/* Special ids; negative where the model has none. */
int32_t sp_unk_id(const sp_model *model);
int32_t sp_bos_id(const sp_model *model);
int32_t sp_eos_id(const sp_model *model);
int32_t sp_pad_id(const sp_model *model);

/* Trains a model on `count` sentences (zero-terminated UTF-8). Options are name and value by turns, as
   spm_train calls them. Returns the serialized model, which the caller frees, and sets *size. */
void *sp_train(const char *const *sentences, size_t count, const char *const *options, size_t option_count,
               size_t *size, char **error);

void sp_free(void *pointer);

#ifdef __cplusplus
}
#endif
#endif
