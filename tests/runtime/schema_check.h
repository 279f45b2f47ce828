// As much of JSON Schema (draft 7) as docs/*.schema.json use: each violation in words, so that a
// test shows which line breaks what.
#pragma once

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

namespace cmos::fakes {

using Json = nlohmann::json;

inline Json load_schema(const std::string& file) {
  std::ifstream in(std::string(CMOS_SOURCE_DIR) + "/docs/" + file);
  return Json::parse(in, nullptr, false);
}

class SchemaCheck {
 public:
  explicit SchemaCheck(Json root) : root_(std::move(root)) {}

  std::vector<std::string> violations(const Json& value) const {
    std::vector<std::string> out;
    check(root_, value, "$", out);
    return out;
  }

 private:
  static bool is(const Json& value, const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return (type == "string" && value.is_string()) || (type == "null" && value.is_null()) ||
           (type == "boolean" && value.is_boolean()) || (type == "object" && value.is_object()) ||
           (type == "array" && value.is_array());
  }

  void check(const Json& schema, const Json& value, const std::string& at,
             std::vector<std::string>& out) const {
    if (schema.contains("$ref")) {
      return check(root_.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))), value,
                   at, out);
    }
    check_type(schema, value, at, out);
    if (schema.contains("const") && schema["const"] != value) out.push_back(at + ": not const");
    if (schema.contains("enum")) {
      bool found = false;
      for (const Json& one : schema["enum"]) found = found || one == value;
      if (!found) out.push_back(at + ": not in enum: " + value.dump());
    }
    if (schema.contains("pattern") && value.is_string() &&
        !std::regex_search(value.get<std::string>(),
                           std::regex(schema["pattern"].get<std::string>()))) {
      out.push_back(at + ": pattern: " + value.dump());
    }
    if (value.is_object()) check_object(schema, value, at, out);
    if (value.is_array() && schema.contains("items")) {
      for (const Json& one : value) check(schema["items"], one, at + "[]", out);
    }
    if (schema.contains("oneOf")) check_one_of(schema["oneOf"], value, at, out);
  }

  static void check_type(const Json& schema, const Json& value, const std::string& at,
                         std::vector<std::string>& out) {
    if (!schema.contains("type")) return;
    const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
    for (const Json& type : types) {
      if (is(value, type.get<std::string>())) return;
    }
    out.push_back(at + ": type of " + value.dump());
  }

  void check_object(const Json& schema, const Json& value, const std::string& at,
                    std::vector<std::string>& out) const {
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) out.push_back(at + ": no " + name.dump());
    }
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [name, member] : value.items()) {
      const std::string path = fmt::format("{}.{}", at, name);
      if (properties.contains(name)) {
        check(properties[name], member, path, out);
      } else if (schema.contains("additionalProperties")) {
        const Json& others = schema["additionalProperties"];
        if (others.is_boolean()) {
          if (!others.get<bool>()) out.push_back(path + ": unexpected");
        } else {
          check(others, member, path, out);
        }
      }
    }
  }

  void check_one_of(const Json& choices, const Json& value, const std::string& at,
                    std::vector<std::string>& out) const {
    std::size_t fitting = 0;
    std::vector<std::string> why;
    for (const Json& choice : choices) {
      std::vector<std::string> inner;
      check(choice, value, at, inner);
      if (inner.empty()) ++fitting;
      why.insert(why.end(), inner.begin(), inner.end());
    }
    if (fitting == 1) return;
    out.push_back(at + ": fits " + std::to_string(fitting) + " of oneOf");
    out.insert(out.end(), why.begin(), why.end());
  }

  Json root_;
};

}  // namespace cmos::fakes
