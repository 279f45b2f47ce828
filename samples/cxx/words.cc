// Counts the words of its input and shows the most frequent ones: containers, streams and exceptions.
//
//   cmos-cc --libc newlib -O2 words.cc -o words.cpe          then: cmos-run words.cpe 5 < text
#include <algorithm>
#include <cctype>
#include <exception>
#include <iomanip>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::size_t count_of(const std::string& text) {
  std::size_t used = 0;
  const int number = std::stoi(text, &used);
  if (used != text.size() || number < 1) throw std::invalid_argument("how many words? found '" + text + "', expected a number from 1");
  return static_cast<std::size_t>(number);
}

std::string without_marks(std::string word) {
  const auto is_mark = [](unsigned char c) { return std::isalnum(c) == 0; };
  word.erase(std::remove_if(word.begin(), word.end(), is_mark), word.end());
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

void show_words(std::size_t most) {
  std::map<std::string, int> counts;
  for (std::string word; std::cin >> word;) {
    if (word = without_marks(word); !word.empty()) ++counts[word];
  }
  std::vector<std::pair<std::string, int>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  order.resize(std::min(order.size(), most));
  for (const auto& [word, count] : order) std::cout << std::setw(4) << count << ' ' << word << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  try {
    show_words(argc > 1 ? count_of(argv[1]) : 10);
  } catch (const std::exception& error) {
    std::cerr << "words: " << error.what() << '\n';
    return 2;
  }
}
