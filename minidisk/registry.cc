#include "minidisk/registry.h"

#include <algorithm>

namespace cmos::minidisk {

Registry::Registry(vfs::Namespace& names, vfs::HostOps& ops) : names_(names), ops_(ops) {
  names_.set_in_use_check([this](const std::string& identity) { return in_use(identity); });
}

VfsResult<Lock> Registry::acquire(const std::string& identity, const ProcessChain& chain,
                                  const WaitPolicy& policy) {
  {
    const std::lock_guard guard(mutex_);
    const auto holder = holders_.find(identity);
    if (holder != holders_.end() && std::find(chain.ancestors.begin(), chain.ancestors.end(),
                                              holder->second) != chain.ancestors.end()) {
      return vfs::refuse(VfsError::kMinidiskBusy);
    }
  }
  CMOS_VFS_TRY(Lock lock, Lock::acquire(ops_, *names_.state_folder(), lock_path(identity), policy));
  const std::lock_guard guard(mutex_);
  holders_[identity] = chain.process;
  return lock;
}

void Registry::release(const std::string& identity, Lock lock) {
  // Under the mutex, so that the next holder of this run cannot enter itself before this one is
  // struck out.
  const std::lock_guard guard(mutex_);
  holders_.erase(identity);
  const Lock released = std::move(lock);
}

VfsResult<bool> Registry::in_use(const std::string& identity) const {
  {
    const std::lock_guard guard(mutex_);
    if (holders_.contains(identity)) return true;
  }
  return is_locked(*names_.state_folder(), lock_path(identity));
}

}  // namespace cmos::minidisk
