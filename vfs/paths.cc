#include "vfs/paths.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"

namespace cmos::vfs {
namespace {

constexpr std::string_view kPrefix = "cmos:";

bool has_prefix(std::string_view text) {
  if (text.size() < kPrefix.size()) return false;
  return std::equal(kPrefix.begin(), kPrefix.end(), text.begin(), [](char wanted, char found) {
    return wanted == (found >= 'A' && found <= 'Z' ? static_cast<char>(found - 'A' + 'a') : found);
  });
}

bool is_forbidden_byte(unsigned char byte) {
  return byte < 0x20 || byte == 0x7f || byte == '\\' || byte == '/' || byte == ':';
}

/// U+0080–009F are the bytes C2 80–9F in UTF-8.
bool starts_c1_control(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]) == 0xc2 && at + 1 < text.size() &&
         static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

bool valid_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxComponent || first_invalid_utf8(as_bytes(text)))
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_forbidden_byte(static_cast<unsigned char>(text[i])) || starts_c1_control(text, i))
      return false;
  }
  return true;
}

void drop_last(std::string& joined) {
  const auto slash = joined.rfind('/');
  joined.resize(slash == std::string::npos ? 0 : slash);
}

}  // namespace

bool valid_component(std::string_view text) {
  return valid_name(text) && text != "." && text != "..";
}

VfsResult<Path> Path::parse(std::string_view text) {
  if (text.empty()) return refuse(VfsError::kInvalid);
  std::string joined;
  if (has_prefix(text)) {
    text.remove_prefix(kPrefix.size());
    if (!text.empty() && text.front() != '\\') return refuse(VfsError::kInvalid);
  } else {
    joined = "data";
  }
  joined.reserve(joined.size() + text.size() + 1);
  while (!text.empty()) {
    const auto end = std::min(text.find('\\'), text.size());
    const std::string_view component = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (component.empty()) continue;
    if (!valid_name(component)) return refuse(VfsError::kInvalid);
    if (component == ".") continue;
    if (component == "..") {
      drop_last(joined);
      continue;
    }
    if (!joined.empty()) joined += '/';
    joined += component;
  }
  return Path(std::move(joined));
}

std::string_view Path::first() const {
  return std::string_view(joined_).substr(0, std::min(joined_.find('/'), joined_.size()));
}

std::string_view Path::after(std::size_t count) const {
  std::string_view rest = joined_;
  for (; count > 0; --count) rest.remove_prefix(std::min(rest.find('/'), rest.size() - 1) + 1);
  return rest;
}

std::size_t Path::depth() const {
  return joined_.empty()
             ? 0
             : static_cast<std::size_t>(std::count(joined_.begin(), joined_.end(), '/')) + 1;
}

std::vector<std::string_view> Path::components() const {
  std::vector<std::string_view> out;
  std::string_view rest = joined_;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('/'), rest.size());
    out.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

bool Path::is_within(std::string_view ancestor) const {
  if (ancestor.empty()) return true;
  return joined_.size() >= ancestor.size() && joined_.compare(0, ancestor.size(), ancestor) == 0 &&
         (joined_.size() == ancestor.size() || joined_[ancestor.size()] == '/');
}

std::string Path::text() const {
  std::string out = "Cmos:\\" + joined_;
  std::replace(out.begin(), out.end(), '/', '\\');
  return out;
}

ParentAndName split_last(std::string_view joined) {
  const auto slash = joined.rfind('/');
  if (slash == std::string_view::npos) return {{}, joined};
  return {joined.substr(0, slash), joined.substr(slash + 1)};
}

std::string join(std::string_view head, std::string_view tail) {
  std::string out(head);
  if (!head.empty() && !tail.empty()) out += '/';
  out += tail;
  return out;
}

std::string program_name_for(std::string_view host_path) {
  while (!host_path.empty() && host_path.back() == '/') host_path.remove_suffix(1);
  std::string name(host_path.substr(host_path.rfind('/') + 1));
  for (const std::string_view extension : {".cpe", ".cxe"}) {
    if (name.size() > extension.size() && name.ends_with(extension)) {
      name.resize(name.size() - extension.size());
      break;
    }
  }
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (is_forbidden_byte(static_cast<unsigned char>(name[i])) || starts_c1_control(name, i))
      name[i] = '_';
  }
  name.resize(std::min(name.size(), kMaxComponent));
  // Cutting may have split a character, and the host allows any bytes: each bad byte becomes one
  // '_'.
  while (const auto bad = first_invalid_utf8(as_bytes(name))) name[*bad] = '_';
  return valid_component(name) ? name : "program";
}

}  // namespace cmos::vfs
