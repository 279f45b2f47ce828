// SIGNATURE (cpe 1.2, abi 1.2): who made the program. Nothing in it is verified; no algorithm for
// the author hash is documented.
#include "formats/cpe/parse.h"

namespace cmos::cpe {

std::optional<std::uint64_t> parse_signature(Parse& parse, std::uint64_t start) {
  ByteReader reader(parse.file.subspan(start), start);
  Signature signature;
  const std::uint32_t author_length = reader.u32("author length");
  signature.author = reader.utf8(author_length, "author name");
  const std::uint32_t site_length = reader.u32("author site length");
  signature.site = reader.utf8(site_length, "author site name");
  signature.author_hash = reader.u32("author hash");
  if (!reader.ok()) {
    parse.findings.add(rules::kBadSignature, reader.error());
    return std::nullopt;
  }
  parse.result.executable.signature = std::move(signature);
  parse.result.layout.signature = start;
  return reader.offset();
}

}  // namespace cmos::cpe
