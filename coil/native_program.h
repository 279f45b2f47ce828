// A whole .coil on its way to native code: functions, data, names.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coil/native.h"
#include "coil/native_lines.h"
#include "coil/source_function.h"
#include "formats/coil/layout.h"

namespace cmos::casm::native {

/// "i32", "double": what LLVM calls the type of a number.
std::string type_of(const Number& number);
/// A name as LLVM quotes it, without the sign in front.
std::string llvm_quoted(std::string_view name);

struct Function : FunctionSource {
  std::vector<Number> parameters = {};
  std::vector<Number> results = {};  ///< at most two, as many as there are registers for them
  std::string convention = {};       ///< "win64cc ", or nothing for the platform's
  bool waits = false;                ///< it is not compiled now

  /// "void", "i32", "{ i32, double }".
  std::string result_type() const;
  /// "i32 (i32, i64)".
  std::string type() const;
  /// "dso_local signext i8 @"f"(i32 %p0, i8 zeroext %p1)".
  std::string head() const;
};

class Program {
 public:
  Program(const coil::ObjectFile& object, std::string_view file, const NativeOptions& options)
      : object_(object), file_(file), options_(options) {
    if (options.debug && object.debug) lines_.emplace(object);
  }

  Result<std::string> text();

  const coil::ObjectFile& object() const { return object_; }
  const NativeOptions& options() const { return options_; }
  /// Nothing when no source lines are wanted, or known.
  LineMetadata* lines() { return lines_ ? &*lines_ : nullptr; }
  const coil::Layouts& layouts() const { return layouts_; }
  bool big() const { return object_.order == ByteOrder::kBig; }
  const Function* function_at(std::uint32_t symbol) const {
    return find_function(functions_, object_, symbol);
  }
  /// What LLVM calls the address of a symbol, as an i64; nothing for labels of code.
  std::optional<std::string> address_of(std::uint32_t symbol);
  /// A function that is defined elsewhere, as `@"name"`.
  std::string external(const std::string& name);
  Error refusal(std::size_t section, std::uint64_t offset, std::string_view what) const {
    return casm::refusal(object_, file_, section, offset, what);
  }
  /// Defined by another file, or natively by this one already.
  bool elsewhere(const coil::Symbol& symbol) const;
  /// How functions of this ABI are called; nothing for one that LLVM does not know.
  std::optional<std::string> convention(std::uint32_t abi_symbol) const;

 private:
  Result<void> check_delayed() const;
  Result<void> find_functions();
  void find_signature(Function& function) const;
  Result<void> find_conventions();
  Result<void> data();
  Result<void> section_data(std::size_t index);
  void assembly(const std::string& line);
  std::string prelude() const;

  const coil::ObjectFile& object_;
  std::string_view file_;
  const NativeOptions& options_;
  coil::Layouts layouts_;
  std::vector<Function> functions_;
  std::map<std::uint32_t, coil::Instruction> abi_blocks_;
  std::set<std::string> externals_;
  std::set<std::string> data_names_;
  std::set<std::string> used_;  ///< functions that data refers to
  std::string assembly_;
  std::optional<LineMetadata> lines_;
};

/// The text of one function. Fails with kUnsupported at the first instruction that cannot be
/// compiled.
Result<std::string> compile(const Function& function, Program& program);

}  // namespace cmos::casm::native
