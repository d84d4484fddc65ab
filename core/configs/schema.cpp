#include "core/configs/schema.h"

#include <limits>

#include "core/slurm/slurm_options.h"

namespace certify {
namespace {

Json text(const char* description) { return {{"type", "string"}, {"description", description}}; }

Json schema_of(const OptionSpec& option) {
  Json schema;
  switch (option.type) {
    case OptionType::kText:
    case OptionType::kPath:
      schema = {{"type", "string"}, {"minLength", 1}};
      if (!option.words.empty()) schema["enum"] = option.words;
      if (!option.examples.empty()) schema["examples"] = option.examples;
      break;
    case OptionType::kFlag:
      schema = {{"type", "boolean"}};
      break;
    case OptionType::kInteger:
    case OptionType::kNumber: {
      const bool whole = option.type == OptionType::kInteger;
      schema["type"] = whole ? "integer" : "number";
      const auto bound = [&](double value) {
        return whole && value < 0x1p63 ? Json(static_cast<std::int64_t>(value)) : Json(value);
      };
      schema[option.open ? "exclusiveMinimum" : "minimum"] = bound(option.least);
      if (option.most < std::numeric_limits<double>::max()) {
        schema[option.open ? "exclusiveMaximum" : "maximum"] = bound(option.most);
      }
      break;
    }
  }
  schema["description"] = option.help;
  if (!option.fallback.empty()) {
    schema["default"] = parse_option(option, std::string(option.fallback), "default");
  }
  return schema;
}

Json options() {
  Json properties = Json::object();
  for (const OptionSpec& option : option_table()) {
    if (!option.typed_only) properties[std::string(option.name)] = schema_of(option);
  }
  return properties;
}

Json closed(Json properties, const char* description) {
  return {{"type", "object"},
          {"description", description},
          {"properties", std::move(properties)},
          {"additionalProperties", false}};
}

/// Options that may vary, each with what `wrapped` makes of its own schema.
template <class Wrap>
Json each_option(Wrap wrapped) {
  Json properties = Json::object();
  for (const OptionSpec& option : option_table()) {
    if (option.typed_only) continue;
    const std::string name(option.name);
    properties[name] = wrapped(Json{{"$ref", "#/properties/" + name}});
  }
  return properties;
}

Json lists() {
  Json properties = Json::object();
  for (const OptionSpec& option : option_table()) {
    if (option.role == OptionRole::kPlace || option.name == "shard") continue;
    const std::string name(option.name);
    properties[name] = {
        {"type", "array"}, {"minItems", 1}, {"items", {{"$ref", "#/properties/" + name}}}};
  }
  return properties;
}

Json output() {
  const Json number_list = {
      {"type", "array"}, {"minItems", 1}, {"items", {{"type", "number"}, {"minimum", 0}}}};
  Json properties = {
      {"kind", {{"enum", {"figure", "table"}}, {"default", "figure"}}},
      {"title", text("Heading")},
      {"caption", text("What a reader must know")},
      {"x",
       {{"type", "string"},
        {"default", "radius"},
        {"description",
         "radius (ℓ2), radius-l1, radius-R, radius-G, radius-B (a method without these has its ℓ2 "
         "radius there), first-margin, second-margin, log-area, log-volume or, in a table, the "
         "option that its columns are"}}},
      {"y",
       {{"enum", {"certified-accuracy", "average-radius", "clean-accuracy"}},
        {"default", "certified-accuracy"}}},
      {"at", {{"anyOf", {number_list, {{"type", "number"}}}}}},
      {"runs",
       closed(each_option([](const Json& one) {
                return Json{{"anyOf", {one, {{"type", "array"}, {"minItems", 1}, {"items", one}}}}};
              }),
              "Which runs: those whose options have these values")},
      {"label", text("Name of a run in it, as a pattern: {method}, T = {temperature}")}};
  return closed(std::move(properties), "A figure or table of the sweep");
}

/// What both the file and its `quick` may hold.
Json common_parts() {
  Json entry = each_option([](const Json& one) { return one; });
  entry["name"] = text("Of this run");
  Json parts = options();
  parts["title"] = text("Title of the report");
  parts["description"] = text("What the experiment is about");
  parts["name"] = text("Pattern of the runs' names: {sigma}-{method}");
  parts["shards"] = {{"type", "integer"},
                     {"minimum", 1},
                     {"default", 1},
                     {"description", "Parts that sampling is cut into"}};
  parts["grid"] = closed(lists(), "Lists that are crossed with each other");
  parts["zip"] = closed(lists(), "Lists of one length that go in step");
  parts["runs"] = {
      {"type", "array"},
      {"minItems", 1},
      {"items", closed(std::move(entry), "Options of one run over those of the file")}};
  parts["slurm"] = slurm_schema();
  parts["outputs"] = {{"type", "object"}, {"additionalProperties", output()}};
  return parts;
}

}  // namespace

Json experiment_schema() {
  Json properties = common_parts();
  properties["$schema"] = text("This schema; for editors");
  properties["include"] = {
      {"description", "Files whose content this one is put over"},
      {"anyOf", {{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}}};
  properties["quick"] = closed(common_parts(), "Put over all of the file by --quick");
  Json schema = closed(std::move(properties), "An experiment of certify");
  Json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "certify experiment"}};
  out.update(schema);
  return out;
}

}  // namespace certify
