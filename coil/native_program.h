// A whole .coil on its way to native code: functions, data, names.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coil/native.h"
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

  /// "void", "i32", "{ i32, double }".
  std::string result_type() const;
  /// "i32 (i32, i64)".
  std::string type() const;
};

class Program {
 public:
  Program(const coil::ObjectFile& object, std::string_view file, const NativeOptions& options)
      : object_(object), file_(file), options_(options) {}

  Result<std::string> text();

  const coil::ObjectFile& object() const { return object_; }
  const NativeOptions& options() const { return options_; }
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
  /// How functions of this ABI are called; nothing for one that LLVM does not know.
  std::optional<std::string> convention(std::uint32_t abi_symbol) const;

 private:
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
};

/// The text of one function. Fails with kUnsupported at the first instruction that cannot be
/// compiled.
Result<std::string> compile(const Function& function, Program& program);

}  // namespace cmos::casm::native
