// Layout and the two formats. Colours are those of profiles/pages/report/network_draw.mjs.

#include "profiles/views/network_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/views/markup.h"
#include "profiles/views/network_nodes.h"

namespace tpuscope {
namespace {

constexpr double kColumnWidth = 132;
constexpr double kRowHeight = 40;
constexpr double kNodeWidth = 112;
constexpr double kNodeHeight = 30;
constexpr double kBetweenLines = 46;
constexpr double kMargin = 20;
/// Of a whole drawing, as of a page.
constexpr double kAspect = 1.4;

using Colour = std::array<double, 3>;
constexpr std::array<Colour, 6> kRamp = {
    {{238, 241, 245}, {254, 227, 182}, {253, 179, 102}, {236, 111, 59}, {169, 34, 18}, {95, 8, 8}}};

struct PictureNode {
  OpId op{};
  const OpRow* row = nullptr;  ///< null: without commands
  std::size_t column = 0;
  double place = 0;  ///< within its column, around 0
};

struct Picture {
  const Profile* profile = nullptr;
  std::vector<PictureNode> nodes{};
  std::vector<std::vector<std::size_t>> operands{};  ///< of each node
  std::vector<std::vector<std::size_t>> users{};
  std::int64_t most = 1;  ///< time of the op that takes most
};

Picture picture_of(const Profile& profile) {
  const NetworkNodes network = network_nodes(profile);
  const std::vector<OpRow>& rows = profile.report.ops;
  Picture picture{.profile = &profile};
  for (const OpRow& row : rows)
    picture.most = std::max(picture.most, row.blame().value);
  for (std::size_t node = 0; node < network.ops.size(); ++node) {
    const std::int64_t row = network.rows[node];
    picture.nodes.push_back(
        {.op = network.ops[node], .row = row < 0 ? nullptr : &rows[static_cast<std::size_t>(row)]});
  }
  picture.operands.resize(picture.nodes.size());
  picture.users.resize(picture.nodes.size());
  for (const NetworkNodes::Edge& edge : network.edges) {
    picture.operands[edge.to].push_back(edge.from);
    picture.users[edge.from].push_back(edge.to);
  }
  return picture;
}

/// Behind all operands; what has none stands before its first user.
void place_columns(Picture& picture) {
  std::vector<std::size_t> missing;
  std::vector<std::size_t> ready;
  for (std::size_t node = 0; node < picture.nodes.size(); ++node) {
    missing.push_back(picture.operands[node].size());
    if (missing.back() == 0) ready.push_back(node);
  }
  for (std::size_t at = 0; at < ready.size(); ++at) {
    for (const std::size_t user : picture.users[ready[at]]) {
      std::size_t& column = picture.nodes[user].column;
      column = std::max(column, picture.nodes[ready[at]].column + 1);
      if (--missing[user] == 0) ready.push_back(user);
    }
  }
  for (std::size_t node = 0; node < picture.nodes.size(); ++node) {
    if (!picture.operands[node].empty() || picture.users[node].empty()) continue;
    std::size_t first = picture.nodes.size();
    for (const std::size_t user : picture.users[node])
      first = std::min(first, picture.nodes[user].column);
    picture.nodes[node].column = first - 1;
  }
}

/// Nodes by column, each near where its operands are.
std::vector<std::vector<std::size_t>> ordered_columns(Picture& picture) {
  std::vector<std::vector<std::size_t>> columns;
  for (std::size_t node = 0; node < picture.nodes.size(); ++node) {
    const std::size_t column = picture.nodes[node].column;
    if (columns.size() <= column) columns.resize(column + 1);
    columns[column].push_back(node);
  }
  const auto wanted = [&](std::size_t node) {
    double sum = 0;
    for (const std::size_t operand : picture.operands[node])
      sum += picture.nodes[operand].place;
    return picture.operands[node].empty()
               ? 0
               : sum / static_cast<double>(picture.operands[node].size());
  };
  for (auto& column : columns) {
    std::stable_sort(column.begin(), column.end(),
                     [&](std::size_t a, std::size_t b) { return wanted(a) < wanted(b); });
    for (std::size_t i = 0; i < column.size(); ++i) {
      picture.nodes[column[i]].place =
          static_cast<double>(i) - static_cast<double>(column.size() - 1) / 2;
    }
  }
  return columns;
}

/// Lines of columns, as text is broken.
struct Lines {
  std::size_t length = 1;
  std::vector<double> tops{};
  std::vector<double> heights{};
  double height = 0;

  double width() const { return static_cast<double>(length) * kColumnWidth; }
};

Lines lines_of(const std::vector<std::vector<std::size_t>>& columns, std::size_t length) {
  Lines lines{.length = length};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i % length == 0) lines.heights.push_back(kRowHeight);
    lines.heights.back() =
        std::max(lines.heights.back(), kRowHeight * static_cast<double>(columns[i].size()));
  }
  for (const double height : lines.heights) {
    lines.tops.push_back(lines.height);
    lines.height += height + kBetweenLines;
  }
  return lines;
}

/// The fewest lines that are no wider than the aspect asks for.
Lines broken(const std::vector<std::vector<std::size_t>>& columns) {
  for (std::size_t count = 1;; ++count) {
    Lines lines = lines_of(columns, std::max<std::size_t>(1, (columns.size() + count - 1) / count));
    if (lines.width() <= kAspect * lines.height || lines.length <= 4) return lines;
  }
}

std::string colour_of(const Picture& picture, const PictureNode& node) {
  if (node.row == nullptr) return "#ffffff";
  const double share =
      static_cast<double>(node.row->blame().value) / static_cast<double>(picture.most);
  const double at = std::sqrt(share) * (kRamp.size() - 1);
  const std::size_t low = std::min<std::size_t>(kRamp.size() - 2, static_cast<std::size_t>(at));
  std::string colour = "#";
  for (std::size_t c = 0; c < 3; ++c) {
    const double value = std::lerp(kRamp[low][c], kRamp[low + 1][c], at - static_cast<double>(low));
    colour += fmt::format("{:02x}", static_cast<int>(std::lround(value)));
  }
  return colour;
}

/// Whether letters on the node's colour are white.
bool is_dark(const Picture& picture, const PictureNode& node) {
  constexpr double kDark = 0.3;
  return node.row != nullptr &&
         static_cast<double>(node.row->blame().value) > kDark * static_cast<double>(picture.most);
}

std::string time_of_node(const PictureNode& node) {
  return node.row == nullptr ? "no command of its own" : time_text(node.row->blame());
}

/// Groups of several ops, with the nodes of each.
std::map<std::uint32_t, std::vector<std::size_t>> groups_of(const Picture& picture) {
  std::map<std::uint32_t, std::vector<std::size_t>> groups;
  for (std::size_t node = 0; node < picture.nodes.size(); ++node) {
    const OpRow* row = picture.nodes[node].row;
    if (row != nullptr && row->group != kNone) groups[row->group].push_back(node);
  }
  std::erase_if(groups, [](const auto& group) { return group.second.size() < 2; });
  return groups;
}

/// The end of a name, where names differ most, as far as a box has room.
std::string name_end(const std::string& name) {
  constexpr std::size_t kRoom = 19;
  return name.size() <= kRoom ? name : "…" + name.substr(name.size() - kRoom);
}

class SvgDrawing {
 public:
  SvgDrawing(const Picture& picture, const Lines& lines, ByteSink& sink)
      : picture_(&picture), lines_(&lines), sink_(&sink) {}

  void write() {
    const double width = lines_->width() + 2 * kMargin;
    const double height = lines_->height + 2 * kMargin;
    sink_->write(fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:g} {:g}\" width=\"{:g}\" "
        "height=\"{:g}\" font-family=\"sans-serif\">\n<rect width=\"{:g}\" height=\"{:g}\" "
        "fill=\"#ffffff\"/>\n",
        width, height, width, height, width, height));
    for (const auto& [group, nodes] : groups_of(*picture_))
      write_group(group, nodes);
    sink_->write("<g fill=\"none\" stroke=\"#98a3b1\">\n");
    for (std::size_t node = 0; node < picture_->nodes.size(); ++node) {
      for (const std::size_t operand : picture_->operands[node])
        write_edge(operand, node);
    }
    sink_->write("</g>\n");
    for (const PictureNode& node : picture_->nodes)
      write_node(node);
    sink_->write("</svg>\n");
  }

 private:
  std::size_t line(const PictureNode& node) const { return node.column / lines_->length; }
  double x(const PictureNode& node) const {
    return kMargin + static_cast<double>(node.column % lines_->length) * kColumnWidth +
           (kColumnWidth - kNodeWidth) / 2;
  }
  double y(const PictureNode& node) const {
    return kMargin + lines_->tops[line(node)] + lines_->heights[line(node)] / 2 +
           node.place * kRowHeight - kNodeHeight / 2;
  }

  /// One box for each line that the group is in.
  void write_group(std::uint32_t group, const std::vector<std::size_t>& nodes) {
    constexpr double kRoom = 8;
    std::map<std::size_t, std::array<double, 4>> boxes;
    for (const std::size_t number : nodes) {
      const PictureNode& node = picture_->nodes[number];
      const auto [box, is_new] =
          boxes.try_emplace(line(node), std::array{x(node), y(node), 0.0, 0.0});
      auto& [x0, y0, x1, y1] = box->second;
      x0 = std::min(x0, x(node));
      y0 = std::min(y0, y(node));
      x1 = std::max(x1, x(node) + kNodeWidth);
      y1 = std::max(y1, y(node) + kNodeHeight);
    }
    for (const auto& [number, box] : boxes) {
      const auto& [x0, y0, x1, y1] = box;
      sink_->write(fmt::format(
          "<rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\" rx=\"9\" fill=\"#f0f2f5\" "
          "stroke=\"#d5dae1\"/>\n<text x=\"{:g}\" y=\"{:g}\" font-size=\"11\" "
          "fill=\"#5a6472\">group {} · {} operators</text>\n",
          x0 - kRoom, y0 - kRoom, x1 - x0 + 2 * kRoom, y1 - y0 + 2 * kRoom, x0, y0 - kRoom - 4,
          group, nodes.size()));
    }
  }

  void write_edge(std::size_t from_number, std::size_t to_number) {
    const PictureNode& from = picture_->nodes[from_number];
    const PictureNode& to = picture_->nodes[to_number];
    const double x0 = x(from) + kNodeWidth;
    const double y0 = y(from) + kNodeHeight / 2;
    const double x1 = x(to);
    const double y1 = y(to) + kNodeHeight / 2;
    if (line(from) == line(to)) {
      const double bend = std::max(14.0, (x1 - x0) / 2);
      const double lift = to.column - from.column > 1 ? 20 : 0;
      sink_->write(fmt::format("<path d=\"M{:g} {:g}C{:g} {:g} {:g} {:g} {:g} {:g}\"/>\n", x0, y0,
                               x0 + bend, y0 - lift, x1 - bend, y1 - lift, x1, y1));
      return;
    }
    const double right = lines_->width() + 2 * kMargin - 6;
    const double gap = kMargin + lines_->tops[line(to)] - 30;
    sink_->write(fmt::format("<path d=\"M{:g} {:g}H{:g}V{:g}H6V{:g}H{:g}\" opacity=\"0.5\"/>\n", x0,
                             y0, right, gap, y1, x1));
  }

  void write_node(const PictureNode& node) {
    const Op& op = picture_->profile->graph[node.op];
    const std::string ink = is_dark(*picture_, node) ? "#ffffff" : "#14181f";
    sink_->write(fmt::format(
        "<g><title>{} ({}): {}</title><rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\" "
        "rx=\"5\" fill=\"{}\" stroke=\"#d5dae1\"/>",
        as_html(op.name), op.def->name, time_of_node(node), x(node), y(node), kNodeWidth,
        kNodeHeight, colour_of(*picture_, node)));
    if (!op.made_by.empty()) {
      sink_->write(fmt::format("<path d=\"M{:g} {:g}h12v12z\" fill=\"#1d4ed8\"/>",
                               x(node) + kNodeWidth - 12, y(node)));
    }
    sink_->write(
        fmt::format("<text x=\"{:g}\" y=\"{:g}\" font-size=\"11\" font-weight=\"600\" "
                    "fill=\"{}\">{}</text><text x=\"{:g}\" y=\"{:g}\" font-size=\"9\" "
                    "fill=\"{}\">{}</text></g>\n",
                    x(node) + 6, y(node) + 13, ink, op.def->name, x(node) + 6, y(node) + 25, ink,
                    as_html(name_end(op.name))));
  }

  const Picture* picture_;
  const Lines* lines_;
  ByteSink* sink_;
};

std::string dot_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char byte : sanitised_utf8(text)) {
    if (byte == '"' || byte == '\\') quoted += '\\';
    if (byte == '\n')
      quoted += "\\n";
    else
      quoted += byte;
  }
  return quoted + "\"";
}

}  // namespace

bool is_network_picture(std::string_view path) {
  return path.ends_with(".svg") || path.ends_with(".dot");
}

void write_network_svg(const Profile& profile, ByteSink& sink) {
  Picture picture = picture_of(profile);
  place_columns(picture);
  const Lines lines = broken(ordered_columns(picture));
  SvgDrawing(picture, lines, sink).write();
}

void write_network_dot(const Profile& profile, ByteSink& sink) {
  const Picture picture = picture_of(profile);
  sink.write("digraph network {\nrankdir=LR;\nnode [shape=box, style=filled];\n");
  for (std::size_t number = 0; number < picture.nodes.size(); ++number) {
    const PictureNode& node = picture.nodes[number];
    const Op& op = profile.graph[node.op];
    std::string label = fmt::format("{}\n{}", op.def->name, op.name);
    if (!op.results.empty()) label += "\n" + type_text(op.results[0].type);
    label += "\n" + time_of_node(node);
    sink.write(fmt::format("{} [label={}, fillcolor=\"{}\", fontcolor=\"{}\"{}];\n", number,
                           dot_quoted(label), colour_of(picture, node),
                           is_dark(picture, node) ? "#ffffff" : "#14181f",
                           op.made_by.empty() ? "" : ", color=\"#1d4ed8\", penwidth=2"));
  }
  for (const auto& [group, nodes] : groups_of(picture)) {
    sink.write(
        fmt::format("subgraph cluster_{} {{ label=\"group {}\"; color=\"#98a3b1\";", group, group));
    for (const std::size_t node : nodes)
      sink.write(fmt::format(" {};", node));
    sink.write(" }\n");
  }
  for (std::size_t node = 0; node < picture.nodes.size(); ++node) {
    for (const std::size_t operand : picture.operands[node])
      sink.write(fmt::format("{} -> {};\n", operand, node));
  }
  sink.write("}\n");
}

}  // namespace tpuscope
