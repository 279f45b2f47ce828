// How often a test repeats the same thing at other places: a sanitizer makes each time some ten
// times as dear, and looks for what one of them shows as well as all.
#pragma once

namespace cmos::testing {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

/// Of a row of places, each of which is as good as its neighbours, every so many.
inline constexpr int kStride = kSanitized ? 3 : 1;

constexpr int repetitions(int count) {
  return kSanitized ? count / 10 : count;
}

}  // namespace cmos::testing
