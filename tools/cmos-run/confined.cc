#include "tools/cmos-run/confined.h"

#include <cstdlib>

#include "base/host_file.h"
#include "tools/cmos-run/debug_file_options.h"
#include "tools/cmos-run/verbose.h"

namespace cmos::run {
namespace {

using sandbox::Place;

sandbox::Policy policy_of(const Options& options) {
  const bool overlaid = options.overlay.kind != vfs::OverlayChoice::Kind::kNone;
  const auto writable = overlaid ? Place::Access::kRead : Place::Access::kChange;
  sandbox::Policy policy;
  const auto root =
      vfs::choose_root(options.root, [](const char* name) { return std::getenv(name); });
  if (root) policy.places.push_back({*root, writable});
  for (const vfs::Mount& mount : options.mounts)
    policy.places.push_back({mount.host_path, mount.read_only ? Place::Access::kRead : writable});
  if (overlaid) policy.places.push_back({options.overlay.folder, Place::Access::kChange});
  return policy;
}

}  // namespace

Result<void> confine_by(const Options& options, const sandbox::Policy& policy) {
  if (options.sandbox == Options::Sandbox::kOff) return {};
  const sandbox::Confinement got = sandbox::confine(policy);
  if (options.verbose) tell_confinement(got);
  if (options.sandbox != Options::Sandbox::kRequire || got.complete()) return {};
  return fail(Error{.code = ErrorCode::kHostIo,
                    .field = "--sandbox=require",
                    .message = "this host cannot confine the emulator: " + got.missing});
}

Result<void> confine(const Options& options, const Inside& inside) {
  if (options.sandbox == Options::Sandbox::kOff) return {};
  if (inside.outside == nullptr) {
    if (options.sandbox != Options::Sandbox::kRequire) return {};
    return fail(Error{.code = ErrorCode::kHostIo,
                      .field = "--sandbox=require",
                      .message = "the host starts no process that serves a confined one"});
  }
  return confine_by(options, policy_of(options));
}

runtime::OutsideServices outside_services(const Options& options) {
  return {.path =
              [&options](runtime::NamedFile file) {
                if (file == runtime::NamedFile::kReport) return options.report;
                return options.expect_trace.bless ? options.expect_trace.file : std::string();
              },
          .lookup =
              [&options](runtime::SharedProgram program) {
                return make_lookup(options.debug_file, options.file, program, true);
              }};
}

Result<void> write_named(const Inside& inside, runtime::NamedFile file, const std::string& path,
                         Bytes content) {
  if (inside.outside != nullptr) return inside.outside->write(file, path, content);
  return write_host_file(path, content);
}

}  // namespace cmos::run
