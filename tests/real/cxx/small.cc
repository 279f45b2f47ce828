// A program that uses little of the library, and is as small as that with -fno-exceptions.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

int main(int argc, char**) {
  std::vector<std::string> words{"pear", "apple", "fig"};
  std::sort(words.begin(), words.end());
  if (argc > 1) return static_cast<int>(words.at(7).size());
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  std::puts(line.c_str());
}
