#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace certify {

/// SHA-256 of bytes that come piece by piece. A copy goes on by itself.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256& other);
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void add(std::string_view bytes);
  /// Of all bytes so far, as 64 lower-case hex digits; more may follow.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace certify
