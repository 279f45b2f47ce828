// What needs a second thread, on a system that has none, and other things that the library cannot have there.
#include <condition_variable>
#include <future>
#include <iostream>
#include <locale>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

int main(int argc, char** argv) {
  try {
    std::thread thread([] {});
    thread.join();
  } catch (const std::system_error& error) {
    std::cout << "thread: " << error.what() << '\n';
  }
  try {
    std::cout << std::async(std::launch::async, [] { return 1; }).get() << '\n';
  } catch (const std::system_error& error) {
    std::cout << "async: " << error.what() << '\n';
  }
  try {
    std::locale("de_DE.UTF-8");
  } catch (const std::runtime_error& error) {
    std::cout << "locale: " << error.what() << '\n';
  }
  std::mutex mutex;
  std::unique_lock<std::mutex> lock(mutex);
  std::condition_variable condition;
  std::cout << (condition.wait_for(lock, std::chrono::milliseconds(1)) == std::cv_status::timeout) << std::endl;
  if (argc > 1 && std::string(argv[1]) == "wait") condition.wait(lock);
  try {
    lock.lock();
  } catch (const std::system_error& error) {
    std::cout << "lock: " << error.what() << '\n';
  }
}
