// SPDX-License-Identifier: Apache-2.0
#pragma once

// A setting that a process has once, such as the number of threads of a library, for objects that
// need it to be theirs while they work, in turns and whatever the order in which they end.

#include <algorithm>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace medcl {

/// Safe from any thread; it must outlive its holders.
template <typename Value>
class HeldSetting {
 public:
  HeldSetting(std::function<Value()> read, std::function<void(const Value&)> write)
      : read_(std::move(read)), write_(std::move(write)) {}

  /// The setting is that of the holder who took it last; when he ends, of the one before; when the
  /// last of them ends, what it was before the first.
  class Holder {
   public:
    /// Takes it. @throws as write.
    Holder(HeldSetting& setting, Value value) : setting_(setting), value_(std::move(value)) {
      const std::lock_guard lock(setting_.mutex_);
      const Value before = setting_.read_();
      setting_.write_(value_);
      if (setting_.holders_.empty()) setting_.before_ = before;
      setting_.holders_.push_back(this);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    /// Where write throws, the setting stays.
    ~Holder() {
      const std::lock_guard lock(setting_.mutex_);
      auto& holders = setting_.holders_;
      const bool was_last = holders.back() == this;
      holders.erase(std::find(holders.begin(), holders.end(), this));
      if (!was_last) return;
      try {
        setting_.write_(holders.empty() ? setting_.before_ : holders.back()->value_);
      } catch (const std::exception&) {
        return;
      }
    }

    /// Again, after others had it. @throws as write.
    void take() {
      const std::lock_guard lock(setting_.mutex_);
      auto& holders = setting_.holders_;
      holders.erase(std::find(holders.begin(), holders.end(), this));
      holders.push_back(this);
      if (setting_.read_() != value_) setting_.write_(value_);
    }
    /// Takes it with another value. @throws as write.
    void take(Value value) {
      value_ = std::move(value);
      take();
    }
    /// Nobody took it since.
    [[nodiscard]] bool has_it() const {
      const std::lock_guard lock(setting_.mutex_);
      return setting_.holders_.back() == this;
    }

   private:
    HeldSetting& setting_;
    Value value_;
  };

 private:
  std::function<Value()> read_;
  std::function<void(const Value&)> write_;
  std::mutex mutex_;
  std::vector<const Holder*> holders_;  ///< who took it last comes last
  Value before_{};
};

}  // namespace medcl
