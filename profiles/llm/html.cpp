// A language model's figures as a page, bundled from profiles/pages/language; and a folder of
// pages: beside it the ordinary report of one token and of each net, which its table opens.

#include "embedded/language_page.h"

#include "base/text.h"
#include "profiles/llm/language_json.h"
#include "profiles/llm/language_program.h"
#include "profiles/views/html/html_page.h"
#include "profiles/views/results.h"

namespace tpuscope {
namespace {

void write_language_page(const LanguageStudy& study, bool has_pages, ByteSink& sink) {
  const LanguageProfile& profile = study.profile;
  write_page(
      embedded::language_page().at("language_page.html"),
      profile.model.name + " on " + profile.options.chip + " (simulated)",
      [&](JsonWriter& json) {
        json.object([&] {
          write_members(json, study);
          json.member("has_pages", has_pages);
          json.object("titles", [&] {
            for (std::size_t i = 0; i < kLanguageCauses; ++i) {
              const auto cause = static_cast<LanguageCause>(i);
              json.member(key_of(cause), title_of(cause));
            }
          });
        });
      },
      sink);
}

constexpr std::string_view kLanguageMark = "<meta name=\"generator\" content=\"tpuscope llm\">";
constexpr std::string_view kReportMark = "<meta name=\"generator\" content=\"tpuscope\">";
constexpr WriterFlag kPagesFlag{.name = "--pages",
                                .value = "FOLDER",
                                .help =
                                    "write pages: the answer, one token, and the ordinary report "
                                    "of each net"};

Status write_report_page(Graph graph, const LanguageProfile& profile, ByteSink& sink) {
  TPU_TRY(const Profile run, profile_of(std::move(graph), profile));
  return writer_called<Results>("html").write({.after = &run}, {}, sink);
}

template <LanguagePhase phase>
Status write_phase_page(const LanguageStudy& study, ByteSink& sink) {
  const LanguageProfile& profile = study.profile;
  TPU_TRY(Graph program, language_program(profile.model, profile.options, phase));
  return write_report_page(std::move(program), profile, sink);
}

/// The net of a phase by its place.
template <LanguagePhase phase, std::size_t from_last>
Status write_net_page(const LanguageStudy& study, ByteSink& sink) {
  const LanguageProfile& profile = study.profile;
  TPU_TRY(std::vector<LanguageStep> steps, language_steps(profile.model, profile.options, phase));
  return write_report_page(std::move(steps.at(steps.size() - 1 - from_last).graph), profile, sink);
}

bool register_page(std::string_view name, std::string_view file,
                   WriterFunction<LanguageStudy> write) {
  return register_writer<LanguageStudy>({.name = name,
                                         .summary = "page of a folder of pages",
                                         .signature = kReportMark,
                                         .folder = kPagesFlag,
                                         .file_in_folder = file,
                                         .write = std::move(write)});
}

TPU_REGISTER(register_writer<LanguageStudy>(
    {.name = "html",
     .summary = "page for browsers",
     .signature = kLanguageMark,
     .flag = {.name = "--html", .value = "FILE", .help = "write the answer as a page"},
     .advice = "open the page in a browser (it loads nothing from the network)",
     .write = [](const LanguageStudy& study, ByteSink& sink) {
       write_language_page(study, false, sink);
     }}));
TPU_REGISTER(register_writer<LanguageStudy>({.name = "pages",
                                             .summary = "page that opens those of its nets",
                                             .signature = kLanguageMark,
                                             .folder = kPagesFlag,
                                             .file_in_folder = "index.html",
                                             .write = [](const LanguageStudy& study,
                                                         ByteSink& sink) {
                                               write_language_page(study, true, sink);
                                             }}));
TPU_REGISTER(register_page("pages_token", "token.html", write_phase_page<LanguagePhase::kToken>));
TPU_REGISTER(register_page("pages_embedding_cache", "embedding_cache.html",
                           write_net_page<LanguagePhase::kToken, 2>));
TPU_REGISTER(register_page("pages_block_cache", "block_cache.html",
                           write_net_page<LanguagePhase::kToken, 1>));
TPU_REGISTER(register_page("pages_head", "lm_head.html", write_net_page<LanguagePhase::kToken, 0>));
TPU_REGISTER(register_page("pages_embedding", "embedding.html",
                           write_net_page<LanguagePhase::kPrompt, 2>));
TPU_REGISTER(register_page("pages_block", "block.html", write_net_page<LanguagePhase::kPrompt, 1>));

}  // namespace
}  // namespace tpuscope
