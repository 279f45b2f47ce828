#include "formats/registry/exports.h"

#include "formats/registry/registry.h"

namespace cmos::formats {

Result<Exports> exported_symbols(Bytes bytes, std::string_view file) {
  const Format* format = detect(bytes);
  if (format == nullptr || format->object == nullptr) return Exports{};
  Exports out;
  const auto object = format->object(bytes, file);
  if (object) {
    out.arch = object->arch;
    for (const std::string_view name : object::exported_names(*object))
      out.names.emplace_back(name);
    return out;
  }
  if (object.error().code == ErrorCode::kMalformed) return fail(object.error());
  const auto image = format->describe(bytes, file);
  if (!image)
    return image.error().code == ErrorCode::kMalformed ? Result<Exports>(fail(image.error()))
                                                       : Result<Exports>(Exports{});
  out.arch = image->arch;
  if (image->executable) return out;
  for (const Symbol& one : image->symbols) {
    if (one.defined() && one.binding != Binding::kLocal) out.names.emplace_back(one.name);
  }
  return out;
}

}  // namespace cmos::formats
