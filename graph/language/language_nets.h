// The nets that a language model runs as, built over our own operators: one block of all its equal
// layers, its head, its embedding, each for so many tokens.

#pragma once

#include "graph/graph.h"
#include "graph/language/language_model.h"

namespace tpuscope {

/// How weights and activations are held.
struct LanguageTypes {
  DType half = DType::kBF16;    ///< f16 or bf16
  std::int64_t bits = 4;        ///< of the weights of linear layers: 4, 8 or 16
  std::int64_t group = 64;      ///< inner elements that share a scale
  std::int64_t head_bits = 16;  ///< of the head's weights
};

/// The tokens that a net works on, and those before them whose keys and values are in the cache.
struct LanguageTokens {
  std::int64_t now = 1;
  std::int64_t past = 0;
};

/// An error where a group does not divide the inputs of a linear layer.
Status check_groups(const LanguageModel& model, const LanguageTypes& types);

/// Whether weights of so many rows can be packed; others stay in half precision.
bool can_pack(std::int64_t rows);

/// Hidden states in, hidden states and the new keys and values out.
Result<Graph> block_net(const LanguageModel& model, const LanguageTypes& types,
                        const LanguageTokens& tokens);
/// The last norm and the product with the vocabulary, of `rows` hidden states.
Result<Graph> head_net(const LanguageModel& model, const LanguageTypes& types, std::int64_t rows);
/// Rows of the embedding.
Result<Graph> embedding_net(const LanguageModel& model, const LanguageTypes& types,
                            std::int64_t tokens);

/// Bytes of a block's weights with scales, zero points, norms and biases.
std::int64_t block_weight_bytes(const LanguageModel& model, const LanguageTypes& types);
/// Of the head's weights; where it is tied and in half precision, the embedding's.
std::int64_t head_weight_bytes(const LanguageModel& model, const LanguageTypes& types);
/// Bytes that the keys and values of a token take in one layer.
std::int64_t cache_bytes(const LanguageModel& model);

}  // namespace tpuscope
