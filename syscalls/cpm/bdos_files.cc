// The BDOS's files.
#include <algorithm>

#include "syscalls/cpm/bdos.h"

namespace cmos::cpm {
namespace {

constexpr unsigned kFailed = 0xff;
constexpr std::uint8_t kFiller = 0x1a;  ///< behind the last byte of a file of the host

// What random access answers.
constexpr unsigned kNoData = 1, kNoExtent = 4, kFull = 2, kNoDirectory = 5, kOutOfRange = 6;

}  // namespace

CallAnswer Bdos::file(std::uint8_t number, std::uint16_t de) {
  switch (number) {
    case 15:
      return open(de);
    case 16: {
      // A file that was never opened by this program can be closed when it is there.
      const FilePlace place = place_of(fcb(de));
      return byte_answer(drives_.close(place) || drives_.size(place) ? 0 : kFailed);
    }
    case 17:
      return search(de);
    case 18:
      return search_next();
    case 19:
      return erase(de);
    case 20:
      return read_sequential(de);
    case 21:
      return write_sequential(de);
    case 22:
      return make(de);
    case 23:
      return rename(de);
    case 30:
      return byte_answer(drives_.size(place_of(fcb(de))) ? 0 : kFailed);
    case 33:
      return read_random(de);
    case 34:
    case 40:
      return write_random(de);
    case 35:
      return file_size(de);
    default: {
      Fcb one = fcb(de);
      one.set_random_record(one.record());
      put_fcb(de, one);
      return {};
    }
  }
}

std::uint32_t Bdos::records(const FilePlace& place) {
  const std::uint64_t size = drives_.size(place).value_or(0);
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>((size + kRecord - 1) / kRecord, kMaxRecords));
}

CallAnswer Bdos::open(std::uint16_t address) {
  Fcb one = fcb(address);
  FilePlace place = place_of(one);
  if (place.name.ambiguous()) {
    const auto names = drives_.list(place.drive, user_, place.name);
    if (names.empty()) return byte_answer(kFailed);
    place.name = names.front();
    std::copy(place.name.text.begin(), place.name.text.end(), one.bytes.begin() + 1);
  }
  if (!drives_.size(place)) return byte_answer(kFailed);
  const std::uint8_t record = one.bytes[32];
  one.bytes[14] = 0;
  one.set_record(one.extent_record(), records(place));
  one.bytes[32] = record;
  put_fcb(address, one, 33);
  return byte_answer(0);
}

CallAnswer Bdos::make(std::uint16_t address) {
  Fcb one = fcb(address);
  const FilePlace place = place_of(one);
  if ((protected_ >> place.drive & 1) != 0 || drives_.make(place) != DriveError::kNone)
    return byte_answer(kFailed);
  std::fill(one.bytes.begin() + 13, one.bytes.begin() + 32, std::uint8_t{0});
  put_fcb(address, one, 32);
  return byte_answer(0);
}

CallAnswer Bdos::erase(std::uint16_t address) {
  FilePlace place = place_of(fcb(address));
  unsigned answer = kFailed;
  if ((protected_ >> place.drive & 1) != 0) return byte_answer(answer);
  for (const FileName& name : drives_.list(place.drive, user_, place.name)) {
    place.name = name;
    if (drives_.remove(place) == DriveError::kNone) answer = 0;
  }
  return byte_answer(answer);
}

CallAnswer Bdos::rename(std::uint16_t address) {
  const Fcb one = fcb(address);
  const FilePlace place = place_of(one);
  if ((protected_ >> place.drive & 1) != 0) return byte_answer(kFailed);
  return byte_answer(drives_.rename(place, one.new_name()) == DriveError::kNone ? 0 : kFailed);
}

// ---- directory ----------------------------------------------------------------------------------

CallAnswer Bdos::search(std::uint16_t address) {
  Fcb one = fcb(address);
  search_ = {};
  search_.all_extents = one.bytes[12] == '?';
  search_.extent = one.bytes[12] & 0x1f;
  const bool any = one.bytes[0] == '?';  // Every entry of the current drive.
  if (any) {
    one.bytes[0] = 0;
    std::fill(one.bytes.begin() + 1, one.bytes.begin() + 12, std::uint8_t{'?'});
    search_.all_extents = true;
  }
  search_.place = place_of(one);
  search_.names = drives_.list(search_.place.drive, user_, search_.place.name);
  return search_next();
}

CallAnswer Bdos::search_next() {
  while (search_.next < search_.names.size()) {
    FilePlace place = search_.place;
    place.name = search_.names[search_.next];
    const std::uint32_t count = records(place);
    const std::uint32_t last = count == 0 ? 0 : (count - 1) / kExtentRecords;
    const std::uint32_t extent = search_.all_extents ? search_.next_extent : search_.extent;
    if (!search_.all_extents || extent >= last) {
      ++search_.next;
      search_.next_extent = 0;
    } else {
      ++search_.next_extent;
    }
    if (extent > last) continue;
    put_entry(place.name, extent, count);
    return byte_answer(0);
  }
  return byte_answer(kFailed);
}

/// The directory's record with one entry, first of four.
void Bdos::put_entry(const FileName& name, std::uint32_t extent, std::uint32_t records) {
  std::array<std::uint8_t, kRecord> out;
  out.fill(0xe5);
  std::fill(out.begin(), out.begin() + 32, std::uint8_t{0});
  out[0] = static_cast<std::uint8_t>(user_);
  std::copy(name.text.begin(), name.text.end(), out.begin() + 1);
  Fcb position;
  position.set_record(extent * kExtentRecords, records);
  out[12] = position.bytes[12];
  out[14] = position.bytes[14];
  out[15] = position.bytes[15];
  // Blocks of 2 KiB, 16 records each: their numbers only say that they are used.
  const unsigned blocks = (out[15] + 15U) / 16U;
  for (unsigned i = 0; i < blocks; ++i) out[16 + 2 * i] = static_cast<std::uint8_t>(i + 2);
  put(dma_, out);
}

// ---- records ------------------------------------------------------------------------------------

unsigned Bdos::read_record(const FilePlace& place, std::uint32_t record) {
  std::array<std::uint8_t, kRecord> out;
  out.fill(kFiller);
  const auto got = drives_.read(place, std::uint64_t{record} * kRecord, out);
  if (!got || *got == 0) return kNoData;
  put(dma_, out);
  return 0;
}

unsigned Bdos::write_record(const FilePlace& place, std::uint32_t record) {
  if ((protected_ >> place.drive & 1) != 0) return kNoDirectory;
  std::array<std::uint8_t, kRecord> data;
  get(dma_, data);
  switch (drives_.write(place, std::uint64_t{record} * kRecord, data)) {
    case DriveError::kNone:
      return 0;
    case DriveError::kNoSpace:
      return kFull;
    default:
      return kNoDirectory;
  }
}

CallAnswer Bdos::read_sequential(std::uint16_t address) {
  Fcb one = fcb(address);
  const FilePlace place = place_of(one);
  const std::uint32_t record = one.record();
  if (record >= kMaxRecords) return byte_answer(kNoData);
  const unsigned answer = read_record(place, record);
  if (answer == 0) {
    one.set_record(record + 1, records(place));
    put_fcb(address, one, 33);
  }
  return byte_answer(answer);
}

CallAnswer Bdos::write_sequential(std::uint16_t address) {
  Fcb one = fcb(address);
  const FilePlace place = place_of(one);
  const std::uint32_t record = one.record();
  if (record >= kMaxRecords) return byte_answer(kFull);
  const unsigned answer = write_record(place, record);
  if (answer == 0) {
    one.set_record(record + 1, records(place));
    put_fcb(address, one, 33);
  }
  return byte_answer(answer);
}

CallAnswer Bdos::read_random(std::uint16_t address) {
  Fcb one = fcb(address);
  const FilePlace place = place_of(one);
  const std::uint32_t record = one.random_record();
  if (record >= kMaxRecords) return byte_answer(kOutOfRange);
  const std::uint32_t count = records(place);
  one.set_record(record, count);
  put_fcb(address, one, 33);
  const unsigned answer = read_record(place, record);
  const std::uint32_t extents = (count + kExtentRecords - 1) / kExtentRecords;
  return byte_answer(answer != 0 && record / kExtentRecords >= extents ? kNoExtent : answer);
}

CallAnswer Bdos::write_random(std::uint16_t address) {
  Fcb one = fcb(address);
  const FilePlace place = place_of(one);
  const std::uint32_t record = one.random_record();
  if (record >= kMaxRecords) return byte_answer(kOutOfRange);
  const unsigned answer = write_record(place, record);
  one.set_record(record, records(place));
  put_fcb(address, one, 33);
  return byte_answer(answer);
}

CallAnswer Bdos::file_size(std::uint16_t address) {
  Fcb one = fcb(address);
  const FilePlace place = place_of(one);
  const bool there = drives_.size(place).has_value();
  one.set_random_record(there ? records(place) : 0);
  put_fcb(address, one);
  return byte_answer(there ? 0 : kFailed);
}

}  // namespace cmos::cpm
