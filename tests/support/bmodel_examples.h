// A compiled model of three operations on BM1684X, with and without names: what readers are tried
// on.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/support/bmodel_writer.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {

inline std::string of_bm1684x(std::string_view form,
                              const std::vector<std::pair<std::string, std::uint64_t>>& fields) {
  return command_bytes(InstructionSet::kBm1684x, form, fields);
}

/// 8 channels of 4 x 4 bytes from or to DDR; `weights` lie at 0x100000000.
inline std::string tensor_transfer(std::uint64_t id, std::uint64_t wait, std::uint64_t source,
                                   std::uint64_t destination) {
  return of_bm1684x("DMA_tensor", {{"cmd_id", id},
                                   {"cmd_id_dep", wait},
                                   {"nchw_copy", 1},
                                   {"src_nsize", 1},
                                   {"src_csize", 8},
                                   {"src_hsize", 4},
                                   {"src_wsize", 4},
                                   {"src_nstride", 128},
                                   {"src_cstride", 16},
                                   {"src_hstride", 4},
                                   {"src_wstride", 1},
                                   {"dst_nstride", 128},
                                   {"dst_cstride", 16},
                                   {"dst_hstride", 4},
                                   {"dst_wstride", 1},
                                   {"src_start_addr_l32", source & 0xFFFFFFFF},
                                   {"src_start_addr_h8", source >> 32U},
                                   {"dst_start_addr_l32", destination & 0xFFFFFFFF},
                                   {"dst_start_addr_h8", destination >> 32U}});
}

/// A 1x1 convolution of 8 channels on 4 x 4 pixels, in place of `id`.
inline std::string convolution(std::uint64_t id, std::uint64_t wait) {
  return of_bm1684x("sCONV", {{"cmd_short", 1},
                              {"cmd_id", id},
                              {"cmd_id_dep", wait},
                              {"res0_n", 1},
                              {"res0_c", 8},
                              {"res0_h", 4},
                              {"res0_w", 4},
                              {"opd0_c", 8},
                              {"opd0_h", 4},
                              {"opd0_w", 4},
                              {"opd1_h", 1},
                              {"opd1_w", 1},
                              {"opd2_const", 1},
                              {"opd3_const", 1},
                              {"res0_addr", 0x2000},
                              {"opd0_addr", 0x0},
                              {"opd1_addr", 0x1000}});
}

/// Adds a constant to the tensor at `from`.
inline std::string addition(std::uint64_t from) {
  return of_bm1684x("sAR", {{"cmd_short", 1},
                            {"cmd_id", 2},
                            {"tsk_typ", 3},
                            {"tsk_eu_typ", 2},
                            {"tsk_opd_num", 2},
                            {"opd1_const", 1},
                            {"res0_n", 1},
                            {"res0_c", 8},
                            {"res0_h", 4},
                            {"res0_w", 4},
                            {"res0_addr", 0x3000},
                            {"opd0_addr", from}});
}

/// Loads the input and weights, convolves, adds a constant, stores.
inline BmodelFile convolution_file() {
  BmodelFile file;
  file.cores = {{.bdc = {convolution(1, 2), addition(0x2000),
                         of_bm1684x("SYSID", {{"cmd_id", 3}, {"tsk_typ", 15}, {"tsk_eu_typ", 31}})},
                 .gdma = {tensor_transfer(1, 0, file.input_address, 0x8000000),
                          tensor_transfer(2, 0, 0x100000000, 0x8001000),
                          tensor_transfer(3, 2, 0x8003000, file.output_address),
                          of_bm1684x("sDMA_sys", {{"cmd_id", 4}, {"cmd_type", 6}})}}};
  return file;
}

inline std::string tensor_json(const std::string& name) {
  return "{\"name\": \"" + name +
         "\", \"memory_type\": \"<1x8x4x4xsi8>\", \"shape\": [1, 8, 4, 4], \"slice\": "
         "\"[0:1, 0:8, 0:1, 0:4, 0:4]\"}";
}

inline std::string located(const std::string& opcode, int line, bool is_local,
                           const std::string& before, const std::string& after,
                           const std::string& operand, const std::string& result) {
  return "{\"file-line\": " + std::to_string(line) + ", \"subnet_id\": 0, \"core_id\": 0, " +
         "\"opcode\": \"" + opcode + "\", \"is_local\": " + (is_local ? "true" : "false") +
         ", \"tiu_dma_id(before)\": " + before + ", \"tiu_dma_id(after)\": " + after +
         ", \"operands\": [" + operand + "], \"results\": [" + result + "]}";
}

/// Names for convolution_file: one group of a load, a convolution, an addition and a store.
inline std::string small_locations() {
  return "[" +
         located("tpu.Load", 10, true, "[0, 0]", "[0, 1]", tensor_json("in"),
                 tensor_json("load_in")) +
         "," +
         located("tpu.Load", 11, true, "[0, 1]", "[0, 2]", tensor_json("filter"),
                 tensor_json("load_filter")) +
         "," +
         located("tpu.Conv2D", 12, true, "[0, 2]", "[1, 2]",
                 tensor_json("load_in") + "," + tensor_json("load_filter") + ", {}",
                 tensor_json("conv")) +
         "," +
         located("tpu.AddConst", 13, true, "[1, 2]", "[2, 2]", tensor_json("conv"),
                 tensor_json("out")) +
         "," +
         located("tpu.Store", 14, true, "[2, 2]", "[2, 3]", tensor_json("out"),
                 tensor_json("out")) +
         ",]";
}

/// A number of four bytes as files of the runtime hold it.
inline std::string word(std::uint32_t value) {
  std::string bytes;
  for (std::uint32_t shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>(value >> shift & 0xFFU);
  return bytes;
}

/// A block of iter0.profile: one record for each command, of `bytes` bytes.
inline std::string monitor_block(
    std::uint32_t type, std::size_t bytes,
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& times) {
  std::string records;
  for (std::uint32_t id = 0; id < times.size(); ++id) {
    std::string record = word(times[id].first) + word(times[id].second) + word(id);
    record.resize(bytes, '\0');
    records += record;
  }
  return word(type) + word(static_cast<std::uint32_t>(records.size())) + records;
}

/// The folder of a capture of convolution_file(): its loads take 180 cycles, the convolution 70.
inline std::string write_capture(const TemporaryFolder& folder) {
  const BmodelFile file = convolution_file();
  std::string bdc;
  for (const std::string& command : file.cores.at(0).bdc)
    bdc += command;
  std::string gdma;
  for (const std::string& command : file.cores.at(0).gdma)
    gdma += command;
  folder.write("capture/cmd_1000_0_0.dat", bdc);
  folder.write("capture/cmd_2000_0_1.dat", gdma);
  folder.write("capture/global.profile",
               "[bmprofile] arch=3\n[bmprofile] net_name=small\n[bmprofile] tpu_freq=1000\n");
  constexpr std::uint32_t kBdc = 3;
  constexpr std::uint32_t kGdma = 4;
  folder.write("capture/iter0.profile",
               monitor_block(kBdc, 32, {{1000, 1070}, {1071, 1081}, {1082, 1087}}) +
                   monitor_block(kGdma, 192, {{100, 280}, {284, 464}, {552, 732}, {736, 741}}));
  return folder.file("capture");
}

}  // namespace tpuscope::test
