#include "formats/registry/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/archive/archive.h"
#include "formats/archive/rules.h"
#include "formats/coil/cbc.h"
#include "formats/coil/debug_file.h"
#include "formats/coil/describe.h"
#include "formats/coil/object_file.h"
#include "formats/coil/to_object.h"
#include "formats/cpe/cpe.h"
#include "formats/cpe/describe.h"
#include "formats/cpe/rules.h"
#include "formats/cpo/cpo.h"
#include "formats/cpo/describe.h"
#include "formats/cpo/rules.h"
#include "formats/elf/describe.h"
#include "formats/elf/object.h"
#include "formats/elf/rules.h"
#include "formats/elf/validate.h"
#include "formats/module/describe.h"
#include "formats/module/module.h"
#include "formats/module/rules.h"
#include "formats/o65/describe.h"
#include "formats/o65/o65.h"
#include "formats/o65/rules.h"
#include "formats/registry/archives.h"
#include "formats/rel/describe.h"
#include "formats/rel/rel.h"
#include "formats/rel/rules.h"
#include "formats/whitesmith/archive.h"
#include "formats/whitesmith/describe.h"
#include "formats/whitesmith/rules.h"
#include "formats/whitesmith/whitesmith.h"

namespace cmos::formats {
namespace {

constexpr Format kCpe{
    .name = "cpe",
    .title = "CalamOS executable",
    .matches = cpe::looks_like_cpe,
    .describe = cpe::describe,
    .validate = [](Bytes bytes, std::string_view file) { return cpe::validate(bytes, file); },
    .rules = cpe::rules::table};

constexpr Format kCpo{
    .name = "cpo",
    .title = "CalamOS object",
    .object_title = "CPO",
    .matches = cpo::looks_like_cpo,
    .object = cpo::read_object,
    .describe = cpo::describe,
    .validate = [](Bytes bytes, std::string_view file) { return cpo::validate(bytes, file); },
    .rules = cpo::rules::table};

constexpr Format kElf{.name = "elf",
                      .title = "ELF object or program",
                      .object_title = "ELF",
                      .matches = elf::looks_like_elf,
                      .object = elf::read_object,
                      .describe = elf::describe,
                      .validate = elf::validate,
                      .rules = elf::rules::table};

constexpr Format kArchive{.name = "archive",
                          .title = "ar archive",
                          .matches = archive::looks_like_archive,
                          .members =
                              [](Bytes bytes, std::string_view file) {
                                return archive::read(bytes, file, archive::Thin::kAllow);
                              },
                          .write_members = archive::write,
                          .validate = validate_archive,
                          .rules = archive::rules::table};

constexpr Format kWhitesmith{.name = "whitesmith",
                             .title = "Whitesmith's object or program",
                             .matches = whitesmith::looks_like_object,
                             .describe = whitesmith::describe,
                             .validate = whitesmith::validate,
                             .rules = whitesmith::rules::table};

constexpr Format kWhitesmithArchive{.name = "whitesmith-archive",
                                    .title = "Whitesmith's archive",
                                    .matches = whitesmith::looks_like_own_archive,
                                    .members = whitesmith::members,
                                    .write_members = whitesmith::write_members,
                                    .holds = whitesmith::looks_like_object,
                                    .validate = whitesmith::validate_library,
                                    .rules = whitesmith::rules::archive_table};

constexpr Format kUnixArchive{.name = "unix-archive",
                              .title = "archive of UNIX version 6, 7 or System III",
                              .matches = whitesmith::looks_like_unix_archive,
                              .members = whitesmith::members,
                              .validate = whitesmith::validate_library,
                              .rules = whitesmith::rules::archive_table};

constexpr Format kModule{.name = "module",
                         .title = "module",
                         .matches = mod::looks_like_module,
                         .describe = mod::describe,
                         .validate = mod::validate,
                         .rules = mod::rules::table};

constexpr Format kO65{.name = "o65",
                      .title = "o65 object",
                      .matches = o65::looks_like_o65,
                      .describe = o65::describe,
                      .validate = o65::validate,
                      .rules = o65::rules::table};

constexpr Format kRel{.name = "rel",
                      .title = "object of sdcc's assemblers",
                      .matches = rel::looks_like_rel,
                      .describe = rel::describe,
                      .validate = rel::validate,
                      .rules = rel::rules::table};

template <coil::FileKind kKind>
constexpr Format coil_format(std::string_view name, std::string_view title, bool (*matches)(Bytes),
                             Result<Description> (*describe)(Bytes, std::string_view)) {
  return {.name = name,
          .title = title,
          .matches = matches,
          .describe = describe,
          .validate = [](Bytes bytes,
                         std::string_view file) { return coil::findings_of(bytes, file, kKind); },
          .rules = [] { return coil::rules_for(kKind); }};
}

constexpr Format kCoil = coil_format<coil::FileKind::kObject>(
    "coil", "COIL object", coil::looks_like_coil, coil::describe_object);
constexpr Format kCoilo = [] {
  Format out = coil_format<coil::FileKind::kOutput>("coilo", "COIL output object",
                                                    coil::looks_like_coilo, coil::describe_object);
  out.object = coil::read_native_object;
  return out;
}();
constexpr Format kCbc = coil_format<coil::FileKind::kBytecode>(
    "cbc", "CBC bytecode", coil::looks_like_cbc, coil::describe_cbc);
constexpr Format kCoild = coil_format<coil::FileKind::kDebug>(
    "coild", "COIL debug information", coil::looks_like_coild, coil::describe_debug);

std::vector<const Format*>& table() {
  static std::vector<const Format*> rows{
      &kCpe,         &kCpo,  &kElf,   &kArchive, &kWhitesmith, &kWhitesmithArchive,
      &kUnixArchive, &kCoil, &kCoilo, &kCbc,     &kCoild,      &kModule,
      &kO65,         &kRel};
  return rows;
}

}  // namespace

std::span<const Format* const> all() {
  return table();
}

void add(const Format& format) {
  table().push_back(&format);
}

const Format* detect(Bytes bytes) {
  for (const Format* one : table()) {
    if (one->matches(bytes)) return one;
  }
  return nullptr;
}

const Format& archive_format(Bytes bytes) {
  const Format* found = detect(bytes);
  return found != nullptr && found->members != nullptr ? *found : kArchive;
}

const Format& new_archive_format(std::span<const Bytes> members) {
  for (const Format* one : table()) {
    if (one->holds != nullptr && !members.empty() &&
        std::all_of(members.begin(), members.end(), one->holds))
      return *one;
  }
  return kArchive;
}

const Format* named(std::string_view name) {
  for (const Format* one : table()) {
    if (one->name == name) return one;
  }
  return nullptr;
}

Error unrecognized(Bytes bytes, std::string_view file) {
  std::string known;
  for (const Format* one : table()) {
    if (!known.empty()) known += ", ";
    known += one->title;
  }
  constexpr std::size_t kShown = 8;
  return Error{.code = ErrorCode::kUnsupported,
               .file = std::string(file),
               .offset = 0,
               .field = "file format",
               .found = bytes.empty() ? std::string("an empty file")
                                      : quote(bytes.first(std::min(bytes.size(), kShown))),
               .expected = std::move(known)};
}

std::string object_titles() {
  std::vector<std::string_view> titles;
  for (const Format* one : table()) {
    if (!one->object_title.empty()) titles.push_back(one->object_title);
  }
  std::string out;
  for (std::size_t i = 0; i < titles.size(); ++i) {
    if (i > 0) out += i + 1 == titles.size() ? " or " : ", ";
    out += titles[i];
  }
  return out;
}

std::string member_name(std::string_view archive, std::string_view member) {
  constexpr std::size_t kLongest = 4096;
  return fmt::format("{}({})", archive, presentable(member, kLongest));
}

}  // namespace cmos::formats
