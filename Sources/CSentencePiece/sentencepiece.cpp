#include "CSentencePiece.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <unordered_map>
#include <vector>

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

struct sp_model {
    sentencepiece::SentencePieceProcessor processor;
};

namespace {

char *copy(const std::string &text) {
    char *result = static_cast<char *>(std::malloc(text.size() + 1));
    if (result) std::memcpy(result, text.c_str(), text.size() + 1);
    return result;
}

void report(char **error, const std::string &text) {
    if (error) *error = copy(text);
}

// Runs `body` and turns what it throws into a message.
template <typename Result, typename Body>
Result guarded(Result failure, char **error, Body body) {
    try {
        return body();
    } catch (const std::exception &problem) {
        report(error, problem.what());
    } catch (...) {
        report(error, "an unknown C++ exception");
    }
    return failure;
}

class Sentences : public sentencepiece::SentenceIterator {
  public:
    Sentences(const char *const *sentences, size_t count) : sentences_(sentences), count_(count) { load(); }
    bool done() const override { return next_ >= count_; }
    void Next() override {
        next_ += 1;
        load();
    }
    const std::string &value() const override { return value_; }
    sentencepiece::util::Status status() const override { return sentencepiece::util::Status(); }

  private:
    void load() {
        if (next_ < count_) value_ = sentences_[next_];
    }
    const char *const *sentences_;
    size_t count_;
    size_t next_ = 0;
    std::string value_;
};

}  // namespace

sp_model *sp_load(const void *bytes, size_t count, char **error) {
    return guarded<sp_model *>(nullptr, error, [&]() -> sp_model * {
        auto *model = new sp_model;
        const auto status = model->processor.LoadFromSerializedProto(
            absl::string_view(static_cast<const char *>(bytes), count));
        if (status.ok()) return model;
        report(error, status.ToString());
        delete model;
        return nullptr;
    });
}

void sp_release(sp_model *model) { delete model; }

int64_t sp_encode(const sp_model *model, const char *text, size_t count, sp_span **spans, char **error) {
    return guarded<int64_t>(-1, error, [&]() -> int64_t {
        sentencepiece::ImmutableSentencePieceText encoded;
        const auto status =
            model->processor.Encode(absl::string_view(text, count), encoded.mutable_proto());
        if (!status.ok()) {
            report(error, status.ToString());
            return -1;
        }
        const size_t size = encoded.pieces_size();
        auto *result = static_cast<sp_span *>(std::malloc((size + 1) * sizeof(sp_span)));
        if (!result) throw std::bad_alloc();
        for (size_t index = 0; index < size; index += 1) {
            const auto piece = encoded.pieces(static_cast<int>(index));
            result[index] = {static_cast<int32_t>(piece.id()), piece.begin(), piece.end()};
        }
        *spans = result;
        return static_cast<int64_t>(size);
    });
}

int32_t sp_size(const sp_model *model) { return model->processor.GetPieceSize(); }
int32_t sp_unk_id(const sp_model *model) { return model->processor.unk_id(); }
int32_t sp_bos_id(const sp_model *model) { return model->processor.bos_id(); }
int32_t sp_eos_id(const sp_model *model) { return model->processor.eos_id(); }
int32_t sp_pad_id(const sp_model *model) { return model->processor.pad_id(); }

void *sp_train(const char *const *sentences, size_t count, const char *const *options, size_t option_count,
               size_t *size, char **error) {
    return guarded<void *>(nullptr, error, [&]() -> void * {
        std::unordered_map<std::string, std::string> arguments;
        for (size_t index = 0; index + 1 < option_count; index += 2) {
            arguments[options[index]] = options[index + 1];
        }
        Sentences iterator(sentences, count);
        std::string serialized;
        const auto status = sentencepiece::SentencePieceTrainer::Train(arguments, &iterator, &serialized);
        if (!status.ok()) {
            report(error, status.ToString());
            return nullptr;
        }
        void *result = std::malloc(serialized.size() + 1);
        if (!result) throw std::bad_alloc();
        std::memcpy(result, serialized.data(), serialized.size());
        *size = serialized.size();
        return result;
    });
}

void sp_free(void *pointer) { std::free(pointer); }
