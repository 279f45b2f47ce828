// The standard library as programs use it. The same lines come out on the host.
#include <algorithm>
#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <charconv>
#include <chrono>
#include <cmath>
#include <complex>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <limits>
#include <list>
#include <locale>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <valarray>
#include <variant>
#include <vector>

namespace {

using std::cout;

void containers() {
  std::vector<std::string> words{"pear", "apple", "fig", "a word too long for the string itself to hold it"};
  std::sort(words.begin(), words.end());
  std::map<std::string, std::size_t, std::less<>> sizes;
  for (const auto& word : words) sizes.emplace(word, word.size());
  for (const auto& [word, size] : sizes) cout << word << '=' << size << '\n';
  std::unordered_map<int, int> squares;
  for (int i = 0; i < 1000; ++i) squares[i] = i * i;
  std::set<char> letters(words[0].begin(), words[0].end());
  std::deque<int> deque{3, 1, 2};
  deque.push_front(9);
  std::list<int> list(deque.begin(), deque.end());
  list.sort(std::greater<>());
  std::priority_queue<int> queue(std::less<int>(), std::vector<int>(list.begin(), list.end()));
  std::valarray<int> row{1, 2, 3};
  cout << squares.at(31) << ' ' << letters.size() << ' ' << list.back() << ' ' << queue.top() << ' ' << (row * row).sum() << ' '
       << std::bitset<8>(0x5a) << '\n';
  try {
    (void)words.at(10);
  } catch (const std::out_of_range& error) {
    cout << error.what() << '\n';
  }
  cout << std::accumulate(words.begin(), words.end(), std::string(), [](std::string all, const std::string& one) {
    return all.empty() ? one : std::move(all) + "," + one;
  }) << '\n';
}

void numbers() {
  cout << 3.25 << ' ' << 1e100 << ' ' << std::setprecision(17) << 0.1 << ' ' << std::hexfloat << 1.5 << std::defaultfloat << ' ' << std::hex
       << std::showbase << 255 << std::dec << ' ' << std::numeric_limits<double>::epsilon() << '\n' << std::setprecision(6);
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, 0.3).ptr;
  double back = 0;
  std::from_chars(buffer, end, back);
  cout << std::string_view(buffer, static_cast<std::size_t>(end - buffer)) << ' ' << (back == 0.3) << ' ' << std::stoi("-12") << ' '
       << std::to_string(2.5) << ' ' << std::stod("1e-3") << '\n';
  cout << std::sqrt(std::complex<double>(-4, 0)) << ' ' << std::hypot(3.0, 4.0) << ' ' << std::gcd(12, 18) << ' '
       << std::abs(std::polar(2.0, 1.0)) << '\n';
  std::mt19937 engine(5489);
  std::uniform_int_distribution<int> die(1, 6);
  for (int i = 0; i < 8; ++i) cout << die(engine) << (i < 7 ? ' ' : '\n');
  std::random_device device;
  cout << (device() != device() || device() != device()) << '\n';
  try {
    (void)std::stoi("none");
  } catch (const std::invalid_argument& error) {
    cout << error.what() << '\n';
  }
}

void text() {
  std::istringstream in("12 0x1f word\nnext line");
  int number = 0;
  std::string word;
  std::string line;
  in >> number >> std::hex >> number >> word;
  std::getline(in >> std::ws, line);
  cout << number << ' ' << word << ' ' << line << ' ' << in.eof() << '\n';
  const std::regex pattern(R"((\w+)@(\w+)\.org)");
  std::smatch match;
  const std::string address = "to ann@example.org";
  if (std::regex_search(address, match, pattern)) cout << match[1] << " at " << match[2] << '\n';
  std::wstring wide = L"wide";
  cout << wide.size() << ' ' << std::quoted("a \"b\"") << ' ' << std::boolalpha
       << std::isalpha('x', std::locale::classic()) << std::noboolalpha << '\n';
  cout << std::setw(8) << std::setfill('.') << std::left << "left" << std::right << std::setw(6) << -7
       << std::internal << std::setw(6) << -7 << '\n';
  std::cin.exceptions(std::ios::badbit);
  int sum = 0;
  for (int value = 0; std::cin >> value;) sum += value;
  cout << "sum " << sum << '\n';
  std::cerr << "to standard error\n";
}

void values() {
  std::optional<int> nothing;
  std::variant<int, std::string> either = "text";
  std::any anything = 2.5;
  std::function<int(int)> twice = [](int n) { return 2 * n; };
  cout << nothing.value_or(3) << ' ' << std::get<std::string>(either) << ' ' << std::any_cast<double>(anything) << ' ' << twice(4) << '\n';
  try {
    (void)nothing.value();
  } catch (const std::bad_optional_access& error) {
    cout << error.what() << '\n';
  }
  try {
    (void)std::get<int>(either);
  } catch (const std::bad_variant_access&) {
    cout << "another kind\n";
  }
  try {
    std::function<void()>()();
  } catch (const std::bad_function_call& error) {
    cout << error.what() << '\n';
  }
  auto shared = std::make_shared<std::string>("shared");
  std::weak_ptr<std::string> weak = shared;
  auto other = shared;
  cout << shared.use_count() << ' ' << weak.expired();
  shared.reset();
  other.reset();
  cout << ' ' << weak.expired() << '\n';
  std::atomic<long long> counter{1};
  counter += 4;
  cout << counter << ' ' << std::apply([](auto... all) { return (all + ...); }, std::tuple(1, 2, 3)) << '\n';
}

void files() {
  namespace fs = std::filesystem;
  const fs::path folder = "cxx-folder";
  cout << fs::create_directory(folder) << ' ' << fs::exists(folder / "none") << '\n';
  std::ofstream(folder / "b.txt") << "line one\nline two\n";
  std::ofstream(folder / "a.txt", std::ios::binary).write("xyz", 3);
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.insert(entry.path().filename().string());
  for (const auto& name : found) cout << name << ' ' << fs::file_size(folder / name) << ' ' << fs::is_regular_file(folder / name) << '\n';
  std::ifstream in(folder / "b.txt");
  cout << std::string(std::istreambuf_iterator<char>(in), {});
  in.close();
  fs::rename(folder / "a.txt", folder / "c.txt");
  std::fstream both(folder / "c.txt", std::ios::in | std::ios::out);
  both.seekp(1) << 'Y';
  both.seekg(0);
  std::string changed;
  both >> changed;
  both.close();
  cout << changed << ' ' << std::ifstream(folder / "none").is_open() << ' ' << folder.parent_path().empty() << '\n';
  cout << fs::remove(folder / "b.txt") << fs::remove(folder / "c.txt") << fs::remove(folder) << fs::remove(folder) << '\n';
  std::error_code code;
  (void)fs::file_size("none", code);
  cout << (code == std::errc::no_such_file_or_directory) << ' ' << code.message() << '\n';
  try {
    (void)fs::file_size("none");
  } catch (const fs::filesystem_error& error) {
    cout << error.path1().string() << ' ' << error.code().value() << '\n';
  }
}

void time_and_turns() {
  using namespace std::chrono;
  const auto start = steady_clock::now();
  std::this_thread::sleep_for(milliseconds(2));
  cout << (steady_clock::now() - start >= milliseconds(2)) << ' ' << (system_clock::now() > system_clock::from_time_t(1600000000)) << ' '
       << duration_cast<minutes>(hours(2)).count() << '\n';
  std::mutex mutex;
  std::recursive_mutex again;
  std::shared_mutex readers;
  std::once_flag flag;
  {
    std::lock_guard<std::mutex> lock(mutex);
    std::scoped_lock both(again, readers);
    std::lock_guard<std::recursive_mutex> twice(again);
    for (int i = 0; i < 3; ++i) std::call_once(flag, [] { cout << "once\n"; });
  }
  std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  auto later = std::async(std::launch::deferred, [] { return 6 * 7; });
  cout << lock.owns_lock() << ' ' << later.get() << '\n';
  std::promise<int> promise;
  promise.set_value(5);
  cout << promise.get_future().get() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  containers();
  numbers();
  text();
  values();
  files();
  time_and_turns();
  if (argc > 1) cout << argv[1] << std::endl;
  return 3;
}
