// The facade over frontends, compiler and writers.

#include "tpuscope/tpuscope.h"

#include <utility>

#include "base/byte_sink.h"
#include "base/text.h"
#include "graph/frontend.h"
#include "profiles/views/writer.h"

namespace tpuscope {

Model::Model(std::string source, Graph graph)
    : source_(std::move(source)),
      compiler_(std::make_shared<Compiler>(std::move(graph), source_)) {}

Result<Model> Model::load(const std::string& name) {
  TPU_TRY(Graph graph, load_graph(name));
  return Model(name, std::move(graph));
}

Result<Profile> Model::run(const Configuration& configuration) const {
  TPU_TRY(Run run, compiler_->run(configuration));
  return make_profile(std::move(run), configuration, {.source = source_});
}

std::vector<std::string> report_forms() {
  return WriterRegistry::instance().names();
}

Result<std::string> report(const Profile& profile, std::string_view form) {
  const Writer* writer = WriterRegistry::instance().find(form);
  if (writer == nullptr) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "no report has the form " + in_quotes(form),
                 .hint = did_you_mean(form, report_forms())};
  }
  StringSink sink;
  writer->write({.after = &profile}, {}, sink);
  return sink.text();
}

}  // namespace tpuscope
