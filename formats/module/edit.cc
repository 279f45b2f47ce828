#include "formats/module/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "formats/module/select.h"

namespace cmos::mod {
namespace {

bool same_option(const Option& a, const Option& b) {
  return a.id == b.id && as_text(a.data) == as_text(b.data);
}

class Merger {
 public:
  Result<Module> merge(const std::vector<Input>& inputs) {
    for (const Input& one : inputs) CMOS_TRY_VOID(add(one));
    CMOS_TRY_VOID(update_memory(out_));
    return std::move(out_);
  }

 private:
  using Named = std::pair<std::string_view, ValueType>;

  Result<std::uint16_t> next(std::uint32_t& counter, const Input& input, std::string_view what) {
    if (counter == UINT16_MAX)
      return fail(Error{.code = ErrorCode::kUsage,
                        .file = std::string(input.file),
                        .field = std::string(what),
                        .found = "one more than 65535",
                        .expected = "at most 65535"});
    return static_cast<std::uint16_t>(++counter);
  }

  Result<void> add(const Input& input) {
    const Module& in = *input.module;
    for (const MemoryField& one : kMemoryFields)
      out_.memory.*one.value = std::max(out_.memory.*one.value, in.memory.*one.value);
    for (const Option& one : in.options) {
      if (one.id != option::kPad &&
          std::none_of(out_.options.begin(), out_.options.end(),
                       [&](const Option& other) { return same_option(one, other); }))
        out_.options.push_back(one);
    }
    out_.has_imports |= in.has_imports;
    out_.imports_required |= in.imports_required;
    out_.has_exports |= in.has_exports;
    out_.exports_required |= in.exports_required;
    std::map<std::uint16_t, std::uint16_t> ids{{0, 0}};
    for (const Segment& one : in.segments) {
      CMOS_TRY(ids[one.id], next(last_id_, input, "segment ids"));
    }
    std::map<std::uint16_t, std::uint16_t> ordinals;
    CMOS_TRY_VOID(imports(input, ordinals));
    CMOS_TRY_VOID(exports(input, ids, ordinals));
    for (Segment one : in.segments) {
      one.id = ids[one.id];
      for (Relocations& entry : one.relocations) entry.ordinal = ordinals[entry.ordinal];
      out_.segments.push_back(std::move(one));
    }
    for (const Unknown& one : in.unknown) out_.unknown.push_back(one);
    return {};
  }

  Result<void> imports(const Input& input, std::map<std::uint16_t, std::uint16_t>& ordinals) {
    for (Import one : input.module->imports) {
      const auto [known, first] = imports_.emplace(Named{one.name, one.type}, 0);
      if (first) {
        CMOS_TRY(known->second, next(last_ordinal_, input, "ordinals"));
      }
      ordinals[one.ordinal] = known->second;
      one.ordinal = known->second;
      if (first) out_.imports.push_back(one);
    }
    return {};
  }

  Result<void> exports(const Input& input, const std::map<std::uint16_t, std::uint16_t>& ids,
                       std::map<std::uint16_t, std::uint16_t>& ordinals) {
    for (Export one : input.module->exports) {
      const Segment* segment = input.module->segment(one.segment);
      const CpuId cpu = segment != nullptr && segment->cpu ? *segment->cpu : CpuId{};
      if (!one.name.empty() &&
          !taken_.emplace(one.name, std::pair{cpu.family, cpu.stepping}).second)
        return fail(Error{.code = ErrorCode::kUsage,
                          .file = std::string(input.file),
                          .field = "export " + quote(as_bytes(one.name), 64),
                          .found = "a second one for the same CPU",
                          .expected = "one"});
      // Within one input, an ordinal stands for all its alternatives.
      const auto known = ordinals.find(one.ordinal);
      if (known == ordinals.end()) {
        CMOS_TRY(ordinals[one.ordinal], ordinal(input, one));
      }
      one.segment = ids.at(one.segment);
      one.ordinal = ordinals[one.ordinal];
      out_.exports.push_back(one);
    }
    return {};
  }

  /// What all CPUs call by one name has one ordinal; others have their own.
  Result<std::uint16_t> ordinal(const Input& input, const Export& one) {
    if (one.name.empty()) return next(last_ordinal_, input, "ordinals");
    const auto [known, first] = exports_.emplace(Named{one.name, one.type}, 0);
    if (first) {
      CMOS_TRY(known->second, next(last_ordinal_, input, "ordinals"));
    }
    return known->second;
  }

  Module out_;
  std::uint32_t last_id_ = 0;
  std::uint32_t last_ordinal_ = 0;
  std::map<Named, std::uint16_t> imports_;
  std::map<Named, std::uint16_t> exports_;
  std::set<std::pair<std::string_view, std::pair<Family, std::uint8_t>>> taken_;
};

std::set<std::uint16_t> used_ordinals(const Module& module) {
  std::set<std::uint16_t> out;
  for (const Segment& one : module.segments) {
    for (const Relocations& entry : one.relocations) out.insert(entry.ordinal);
  }
  return out;
}

}  // namespace

Result<Module> merge(const std::vector<Input>& inputs) {
  return Merger().merge(inputs);
}

Module only(const Module& module, Family family) {
  Module out = module;
  std::erase_if(out.segments,
                [&](const Segment& one) { return one.cpu && one.cpu->family != family; });
  const auto used = used_ordinals(out);
  std::erase_if(out.imports, [&](const Import& one) { return !used.contains(one.ordinal); });
  std::erase_if(out.exports, [&](const Export& one) {
    return one.segment != 0 && out.segment(one.segment) == nullptr;
  });
  std::erase_if(out.options, [&](const Option& one) {
    return one.id == option::kCpu && !one.data.empty() &&
           one.data[0] != static_cast<std::uint8_t>(family);
  });
  // A part of a module takes no more than the whole.
  (void)update_memory(out);
  return out;
}

Module strip(const Module& module) {
  Module out = module;
  out.unknown.clear();
  std::erase_if(out.options, [](const Option& one) {
    return one.id != option::kCpu && one.id != option::kPlatform;
  });
  for (Segment& one : out.segments) one.name.reset();
  const auto used = used_ordinals(out);
  std::erase_if(out.imports, [&](const Import& one) { return !used.contains(one.ordinal); });
  std::erase_if(out.exports,
                [&](const Export& one) { return one.name.empty() && !used.contains(one.ordinal); });
  out.has_imports = !out.imports.empty();
  out.has_exports = !out.exports.empty();
  return out;
}

Result<void> update_memory(Module& module) {
  std::array<std::uint32_t, kSummedFields> sums = {};
  auto families = module.families();
  if (families.empty()) families.push_back(Family::kNone);
  for (const Family family : families) {
    const auto own = memory_of(module, select(module, {family, 0xff}));
    for (std::size_t i = 0; i < own.size(); ++i) sums[i] = std::max(sums[i], own[i]);
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] > UINT16_MAX)
      return fail(Error{.code = ErrorCode::kUsage,
                        .field = std::string(kMemoryFields[i].name),
                        .found = fmt::format("{}", sums[i]),
                        .expected = "at most 65535"});
    module.memory.*kMemoryFields[i].value = static_cast<std::uint16_t>(sums[i]);
  }
  return {};
}

}  // namespace cmos::mod
