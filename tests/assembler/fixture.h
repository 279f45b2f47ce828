// Sources in memory, assembled and read back as the linker reads them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "assembler/assembler.h"
#include "formats/cpo/cpo.h"

namespace cmos::assembler {

struct Assembled {
  std::vector<std::uint8_t> bytes;
  cpo::ReadResult file;
  object::Object object;  ///< views into `bytes` and `file`

  const object::Symbol& symbol(std::string_view name) const {
    for (const object::Symbol& one : object.symbols) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no symbol " << name;
    return object.symbols.at(0);
  }
  bool has(std::string_view name) const {
    for (const object::Symbol& one : object.symbols) {
      if (one.name == name) return true;
    }
    return false;
  }
  const cpo::Record& record(std::string_view name) const {
    for (const cpo::Record& one : file.file.records) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no record " << name;
    return file.file.records.at(0);
  }
  std::string bytes_of(std::string_view name) const {
    return std::string(as_text(record(name).bytes));
  }
  Bytes code() const { return file.file.code; }
  /// "pc32 message-4" for each relocation of the section at an index.
  std::vector<std::string> relocations() const {
    std::vector<std::string> out;
    for (const object::Relocation& one : object.relocations) {
      std::string text(object::info(one.type).name);
      text += ' ';
      text += object.symbols.at(one.symbol).name;
      if (one.addend != 0) text += (one.addend > 0 ? "+" : "") + std::to_string(one.addend);
      out.push_back(text);
    }
    return out;
  }
};

inline AssembleOptions with_files(std::map<std::string, std::string> files,
                                  std::string arch = "8664") {
  AssembleOptions options;
  options.arch = std::move(arch);
  options.read_file = [files](const std::string& path) -> Result<std::vector<std::uint8_t>> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(ErrorCode::kNotFound, "no such file");
    return std::vector<std::uint8_t>(found->second.begin(), found->second.end());
  };
  return options;
}

inline Output assemble_text(const std::string& text, const AssembleOptions& options) {
  auto out = assemble("t.asm", text, options);
  if (!out) {
    ADD_FAILURE() << out.error().text();
    return {};
  }
  return std::move(*out);
}

/// Fails the test when the source has errors.
inline std::unique_ptr<Assembled> good(const std::string& text, const AssembleOptions& options) {
  Output out = assemble_text(text, options);
  EXPECT_EQ(out.errors, 0u) << out.messages;
  auto result = std::make_unique<Assembled>();
  result->bytes = std::move(out.cpo);
  auto read = cpo::read(result->bytes, "t.cpo", {.strict = true});
  if (!read) {
    ADD_FAILURE() << read.error().text();
    return result;
  }
  result->file = std::move(*read);
  auto object = cpo::to_object(result->file, "t.cpo");
  if (!object) {
    ADD_FAILURE() << object.error().text();
    return result;
  }
  result->object = std::move(*object);
  return result;
}
inline std::unique_ptr<Assembled> good(const std::string& text, const std::string& arch = "8664") {
  return good(text, with_files({}, arch));
}

}  // namespace cmos::assembler
