// Names that stand for other words from here on: .set's numbers, and nasm's %define.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assembler/lexer.h"
#include "assembler/literal.h"

namespace cmos::assembler {

class Texts {
 public:
  bool empty() const { return texts_.empty(); }
  bool has(std::string_view name) const { return texts_.find(name) != texts_.end(); }
  void set(std::string_view name, Integer value);
  void define(std::string_view name, std::span<const Token> words);
  void undefine(std::string_view name);

  /// Puts what they stand for in place of the names among `tokens`, but for the first `kept` ones.
  /// A name is not looked for in what it stands for itself. False when that becomes too much.
  bool replace(std::vector<Token>& tokens, std::size_t kept) const;
  /// A text that lives as long as this, for tokens to refer to.
  std::string_view keep(std::string text);

 private:
  bool put(const Token& token, std::vector<Token>& out, std::set<std::string_view>& inside) const;

  std::map<std::string, std::vector<Token>, std::less<>> texts_;
  std::deque<std::string> words_;
};

}  // namespace cmos::assembler
