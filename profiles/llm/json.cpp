// A language model's figures as JSON, for programs.

#include "base/json_writer.h"
#include "base/text.h"
#include "base/writer.h"
#include "profiles/llm/language_json.h"

namespace tpuscope {
namespace {

void write_interval(JsonWriter& json, std::string_view name, const PhaseFigures& phase) {
  json.object(name, [&] {
    json.member("low", phase.low);
    json.member("high", phase.high);
  });
}

void write_causes(JsonWriter& json, const CauseTimes& causes) {
  json.object("causes_ps", [&] {
    for (std::size_t i = 0; i < kLanguageCauses; ++i)
      json.member(key_of(static_cast<LanguageCause>(i)), causes[i]);
  });
}

void write_phase(JsonWriter& json, std::string_view name, const PhaseFigures& phase) {
  json.object(name, [&] {
    json.member("time_ps", phase.time);
    write_causes(json, phase.causes);
    json.objects("nets", phase.nets, [&](const NetFigures& net) {
      json.member("name", net.name);
      json.member("count", net.count);
      json.member("time_ps", net.time);
      json.member("total_ps", net.total());
      json.member("read_bytes", net.read_bytes);
      json.member("written_bytes", net.written_bytes);
      json.member("bdc_busy_ps", net.bdc_busy);
      json.member("gdma_busy_ps", net.gdma_busy);
      json.member("commands", net.commands);
      write_causes(json, net.causes);
    });
  });
}

void write_model(JsonWriter& json, const LanguageModel& model) {
  json.object("model", [&] {
    json.member("name", sanitised_utf8(model.name));
    json.member("architecture", sanitised_utf8(model.architecture));
    json.member("layers", model.layers);
    json.member("hidden", model.hidden);
    json.member("heads", model.heads);
    json.member("kv_heads", model.kv_heads);
    json.member("head_width", model.head_width);
    json.member("intermediate", model.intermediate);
    json.member("vocabulary", model.vocabulary);
    json.member("tied_head", model.has_tied_head);
  });
}

void write_configuration(JsonWriter& json, const LanguageProfile& profile) {
  const LanguageOptions& options = profile.options;
  json.object("configuration", [&] {
    json.member("chip", sanitised_utf8(options.chip));
    json.member("cores", profile.cores);
    json.member("precision", language_precision_name(options.types));
    json.member("group_size", options.types.group);
    json.member("head_bits", options.types.head_bits);
    json.member("context", options.context);
    json.member("prefill", options.prefill);
    json.member("host", name_of(options.host));
  });
}

void write_footprint(JsonWriter& json, const LanguageFootprint& footprint) {
  json.object("footprint", [&] {
    json.member("weight_bytes", footprint.weights);
    json.member("cache_bytes", footprint.cache);
    json.member("activation_bytes", footprint.activations);
    json.member("runtime_bytes", footprint.runtime);
    json.member("capacity_bytes", footprint.capacity);
  });
}

void write_summary(JsonWriter& json, const LanguageProfile& profile) {
  json.object("summary", [&] {
    json.member("token_ps", profile.decode.time);
    write_interval(json, "token_interval_ps", profile.decode);
    json.member("tokens_per_s", profile.tokens_per_second());
    constexpr double kPicosecondsPerSecond = 1e12;
    json.object("tokens_per_s_interval", [&] {
      json.member("low", kPicosecondsPerSecond / static_cast<double>(profile.decode.high.value));
      json.member("high", kPicosecondsPerSecond / static_cast<double>(profile.decode.low.value));
    });
    json.member("first_token_ps", profile.prefill.time);
    write_interval(json, "first_token_interval_ps", profile.prefill);
    json.member("footprint_bytes", profile.footprint.model());
    json.member("largest_context", profile.largest_context);
  });
}

void write_study(JsonWriter& json, const LanguageStudy& study) {
  if (study.curve) {
    json.objects("curve", study.curve->points, [&](const ContextPoint& point) {
      json.member("context", point.context);
      json.member("fits", point.fits);
      json.member("token_ps", point.token);
      json.member("first_token_ps", point.first_token);
      json.member("extrapolated", point.is_extrapolated);
      json.member("footprint_bytes", point.footprint.model());
    });
    json.member("cache_overtakes_weights_at", study.curve->cache_overtakes);
  }
  if (!study.variants.empty()) {
    json.objects("variants", study.variants, [&](const LanguageVariant& variant) {
      json.member("name", variant.name);
      if (!variant.error.empty()) {
        json.member("error", sanitised_utf8(variant.error));
        return;
      }
      json.member("token_ps", variant.token);
      json.member("first_token_ps", variant.first_token);
      json.member("footprint_bytes", variant.footprint);
    });
  }
  if (!study.rows.empty()) {
    json.objects("rows_per_step", study.rows, [&](const RowsPoint& point) {
      json.member("rows", point.rows);
      json.member("step_ps", point.step);
    });
  }
}

void write_language_json(const LanguageStudy& study, ByteSink& sink) {
  JsonWriter json(sink, 1);
  json.object([&] { write_members(json, study); });
  json.finish("\n");
}

TPU_REGISTER(register_writer<LanguageStudy>({.name = "json",
                                             .summary = "every figure for programs",
                                             .signature = "\"format\": \"tpuscope language model\"",
                                             .write = write_language_json}));

}  // namespace

void write_members(JsonWriter& json, const LanguageStudy& study) {
  const LanguageProfile& profile = study.profile;
  json.member("format", "tpuscope language model");
  json.member("version", 1);
  json.member("source", sanitised_utf8(profile.source));
  write_model(json, profile.model);
  write_configuration(json, profile);
  write_summary(json, profile);
  write_footprint(json, profile.footprint);
  write_phase(json, "decode", profile.decode);
  write_phase(json, "prefill", profile.prefill);
  write_study(json, study);
  json.member("advice", study.advice);
  json.member("notes", profile.notes);
}

}  // namespace tpuscope
