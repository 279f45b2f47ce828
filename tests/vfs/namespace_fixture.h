// A namespace over a temporary root, and answers as short texts: what a call returned, or
// "<error>".
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "tests/vfs/temp_folder.h"
#include "vfs/handles.h"
#include "vfs/namespace.h"

namespace cmos::testing {

inline std::string bracketed(vfs::VfsError error) {
  return "<" + std::string(vfs::name(error)) + ">";
}

template <class T>
std::string answer(const vfs::VfsResult<T>& result) {
  if (!result) return bracketed(result.error());
  if constexpr (std::is_integral_v<T>) {
    return std::to_string(*result);
  } else {
    return "ok";
  }
}

class NamespaceTest : public ::testing::Test {
 protected:
  NamespaceTest() : config{.root = (top / "root").string()} {}

  /// Starts a new run with `config` as it is now.
  vfs::Namespace& names() {
    if (!names_) {
      auto made = vfs::Namespace::create(config);
      if (!made) throw std::runtime_error(made.error().text());
      names_ = *std::move(made);
      handles_ = std::make_unique<vfs::Handles>(*names_);
    }
    return *names_;
  }
  vfs::Handles& handles() {
    names();
    return *handles_;
  }
  void end_run() {
    handles_.reset();
    names_.reset();
  }

  std::string open(std::string_view path, std::uint32_t flags) {
    return answer(handles().open(path, flags));
  }
  std::uint64_t opened(std::string_view path, std::uint32_t flags) {
    const auto handle = handles().open(path, flags);
    if (!handle) ADD_FAILURE() << path << ": " << vfs::name(handle.error());
    return handle.value_or(0);
  }
  vfs::File& file(std::uint64_t handle) { return **handles().get(handle); }
  std::string read(std::uint64_t handle, std::size_t size = 1000) {
    std::vector<std::uint8_t> out(size);
    const auto got = file(handle).read(out);
    if (!got) return bracketed(got.error());
    return std::string(as_text(Bytes(out).first(*got)));
  }
  std::string write(std::uint64_t handle, std::string_view text) {
    return answer(file(handle).write(as_bytes(text)));
  }

  /// Opens, does and closes.
  std::string get(std::string_view path) {
    const auto handle = handles().open(path, vfs::kRead);
    if (!handle) return bracketed(handle.error());
    std::string out;
    for (std::string piece = read(*handle); !piece.empty(); piece = read(*handle)) {
      out += piece;
      if (piece.front() == '<') break;
    }
    EXPECT_TRUE(handles().close(*handle));
    return out;
  }
  std::string put(std::string_view path, std::string_view text,
                  std::uint32_t flags = vfs::kWrite | vfs::kCreate | vfs::kTruncate) {
    const auto handle = handles().open(path, flags);
    if (!handle) return bracketed(handle.error());
    std::string out = write(*handle, text);
    EXPECT_TRUE(handles().close(*handle));
    return out;
  }
  std::string list(std::string_view path) {
    const auto handle = handles().open(path, vfs::kRead);
    if (!handle) return bracketed(handle.error());
    std::string out;
    for (;;) {
      std::vector<std::uint8_t> name(vfs::kMaxComponent);
      const auto size = file(*handle).list(name);
      if (!size) {
        out = bracketed(size.error());
        break;
      }
      if (*size == 0) break;
      out += (out.empty() ? "" : " ") + std::string(as_text(Bytes(name).first(*size)));
    }
    EXPECT_TRUE(handles().close(*handle));
    return out;
  }
  /// "file 3", "directory 0 ro", …
  std::string stat(std::string_view path) {
    const auto parsed = vfs::Path::parse(path);
    if (!parsed) return bracketed(parsed.error());
    const auto info = names().stat(*parsed);
    if (!info) return bracketed(info.error());
    const char* const kinds[] = {"", "file", "directory", "program", "minidisk"};
    return std::string(kinds[static_cast<int>(info->kind)]) + " " + std::to_string(info->size) +
           (info->read_only ? " ro" : "");
  }
  std::string mkdir(std::string_view path) {
    return answer(names().make_folder(*vfs::Path::parse(path)));
  }
  std::string remove(std::string_view path) {
    return answer(names().remove(*vfs::Path::parse(path)));
  }
  std::string rename(std::string_view from, std::string_view to) {
    return answer(names().rename(*vfs::Path::parse(from), *vfs::Path::parse(to)));
  }
  void add_program(const std::string& name, const std::string& binary, std::uint32_t size = 0,
                   const std::string& backup_name = {}) {
    const auto done = names().register_program(
        {.name = name,
         .binary = std::make_shared<const std::vector<std::uint8_t>>(binary.begin(), binary.end()),
         .minidisk = {.size = size, .backup_name = backup_name}});
    EXPECT_TRUE(done);
  }

  TempFolder top;
  vfs::Config config;

 private:
  std::unique_ptr<vfs::Namespace> names_;
  std::unique_ptr<vfs::Handles> handles_;
};

}  // namespace cmos::testing
