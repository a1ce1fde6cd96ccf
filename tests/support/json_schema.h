// Documents against the schemas that docs/ publishes, by a validator that is not ours.

#pragma once

#include <rapidjson/document.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>
#include <string>

#include <doctest/doctest.h>

#include "base/input_file.h"
#include "tests/support/places.h"

namespace tpuscope::test {

/// Where the document breaks the schema, a file of docs/, or nothing.
inline std::string schema_breach(const std::string& schema_file, const std::string& json) {
  rapidjson::Document schema_text;
  schema_text.Parse(read_input(source_folder() + "/docs/" + schema_file)->c_str());
  REQUIRE(!schema_text.HasParseError());
  const rapidjson::SchemaDocument schema(schema_text);
  rapidjson::Document document;
  document.Parse(json.c_str());
  if (document.HasParseError()) return "no JSON";
  rapidjson::SchemaValidator validator(schema);
  if (document.Accept(validator)) return "";
  rapidjson::StringBuffer where;
  validator.GetInvalidDocumentPointer().StringifyUriFragment(where);
  return std::string(where.GetString()) + " breaks " + validator.GetInvalidSchemaKeyword();
}

}  // namespace tpuscope::test
