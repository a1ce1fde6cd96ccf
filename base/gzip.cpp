// zlib's streams, fed in pieces of bounded size.

#include "base/gzip.h"

#include <algorithm>
#include <array>
#include <limits>
#include <zlib.h>

#include <fmt/core.h>

#include "base/check.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for gzip headers
constexpr int kLevel = 6;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

/// zlib takes pointers to bytes that it promises not to change.
Bytef* bytes_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

struct GzipSink::State {
  z_stream stream{};
  gz_header header{};
  std::string comment{};
  std::array<char, 1U << 16U> out{};
};

GzipSink::GzipSink(ByteSink& target, std::string comment)
    : target_(&target), state_(std::make_unique<State>()) {
  state_->comment = std::move(comment);
  const int status =
      deflateInit2(&state_->stream, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  TPU_CHECK(status == Z_OK, "deflateInit2 gave {}", status);
  state_->header.comment = bytes_of(state_->comment);
  state_->header.os = 255;  // unknown: the same bytes everywhere
  deflateSetHeader(&state_->stream, &state_->header);
}

GzipSink::~GzipSink() {
  deflateEnd(&state_->stream);
}

void GzipSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    deflate_all(piece, Z_NO_FLUSH);
    bytes.remove_prefix(piece.size());
  }
}

void GzipSink::finish() {
  deflate_all({}, Z_FINISH);
}

void GzipSink::deflate_all(std::string_view bytes, int flush) {
  z_stream& stream = state_->stream;
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(state_->out.data());
    stream.avail_out = static_cast<uInt>(state_->out.size());
    const int status = deflate(&stream, flush);
    TPU_CHECK(status != Z_STREAM_ERROR, "deflate gave {}", status);
    target_->write({state_->out.data(), state_->out.size() - stream.avail_out});
  } while (stream.avail_out == 0);
}

bool is_gzip(std::string_view bytes) {
  return bytes.substr(0, 2) == "\x1f\x8b";
}

Result<std::string> gunzip(std::string_view bytes, const std::string& where, std::size_t limit) {
  const Error damaged{.message = "the compressed file is damaged", .where = sanitised_utf8(where)};
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return damaged;
  std::string content;
  std::array<char, 1U << 16U> out{};
  int status = Z_OK;
  while (status == Z_OK && content.size() <= limit) {
    if (stream.avail_in == 0 && !bytes.empty()) {
      const std::string_view piece = bytes.substr(0, kPieceBytes);
      stream.next_in = bytes_of(piece);
      stream.avail_in = static_cast<uInt>(piece.size());
      bytes.remove_prefix(piece.size());
    }
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    status = inflate(&stream, Z_NO_FLUSH);
    content.append(out.data(), out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (content.size() > limit) {
    return Error{.message = fmt::format("the file holds more than {} bytes", limit),
                 .where = sanitised_utf8(where)};
  }
  if (status != Z_STREAM_END) return damaged;
  return content;
}

}  // namespace tpuscope
