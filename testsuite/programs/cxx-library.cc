/* iostream, containers, locale-free formatting, std::thread and its friends. */
// test: cflags=-pthread smp=2 stdin="17 words"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <mutex>
#include <numeric>
#include <random>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>
#include "check.h"

static std::atomic<int> thread_locals_destroyed;

struct PerThread {
	int value = 0;
	~PerThread() { thread_locals_destroyed += value; }
};

static thread_local PerThread per_thread;

static void streams()
{
	int number = 0;
	std::string word;

	std::cin >> number >> word;
	report(number == 17 && word == "words", "cin");
	std::cout << "cout: " << std::hex << 255 << ' ' << std::setprecision(12) << 1.0 / 3 << std::endl;
	std::ostringstream text;
	text << std::fixed << 2.5 << std::boolalpha << true;
	report(text.str() == "2.500000true", "ostringstream");
	{
		std::ofstream file("/tmp/ukl-cxx-library");
		file << "kept\n" << 12;
	}
	std::ifstream file("/tmp/ukl-cxx-library");
	file >> word >> number;
	report(word == "kept" && number == 12, "fstream");
	report(std::filesystem::file_size("/tmp/ukl-cxx-library") == 7 &&
	       std::filesystem::remove("/tmp/ukl-cxx-library"), "filesystem");
}

static void threads()
{
	std::mutex mutex;
	std::condition_variable ready;
	std::deque<int> queue;
	long sum = 0;
	std::vector<std::thread> pool;

	for (int i = 0; i < 4; i++)
		pool.emplace_back([&] {
			for (;;) {
				std::unique_lock<std::mutex> lock(mutex);
				ready.wait(lock, [&] { return !queue.empty(); });
				int item = queue.front();
				queue.pop_front();
				if (item < 0)
					return;
				sum += item;
				per_thread.value = 1;
			}
		});
	for (int i = 1; i <= 1000; i++) {
		std::lock_guard<std::mutex> lock(mutex);
		queue.push_back(i);
		ready.notify_one();
	}
	for (int i = 0; i < 4; i++) {
		std::lock_guard<std::mutex> lock(mutex);
		queue.push_back(-1);
		ready.notify_all();
	}
	for (auto &thread : pool)
		thread.join();
	report(sum == 500500, "a queue of four consumers");
	report(thread_locals_destroyed >= 1 && thread_locals_destroyed <= 4, "thread_local destructors ran");

	std::once_flag once;
	std::atomic<int> calls{0};
	std::shared_mutex shared;
	std::vector<std::thread> more;
	for (int i = 0; i < 8; i++)
		more.emplace_back([&] {
			std::call_once(once, [&] { calls++; });
			std::shared_lock<std::shared_mutex> lock(shared);
			std::this_thread::sleep_for(std::chrono::milliseconds(1));
		});
	for (auto &thread : more)
		thread.join();
	report(calls == 1, "call_once");
	std::timed_mutex timed;
	timed.lock();
	bool taken = true;
	std::thread([&] { taken = timed.try_lock_for(std::chrono::milliseconds(20)); }).join();
	report(!taken, "timed_mutex gives up");
}

int main()
{
	streams();
	threads();
	std::mt19937_64 random(1);
	std::vector<unsigned> numbers(10000);
	std::generate(numbers.begin(), numbers.end(), [&] { return random() % 1000; });
	std::sort(numbers.begin(), numbers.end());
	std::map<std::string, int> map{ { "b", 2 }, { "a", 1 } };
	report(std::is_sorted(numbers.begin(), numbers.end()) && map.begin()->second == 1, "containers and sort");
	std::cout << "sum " << std::dec << std::accumulate(numbers.begin(), numbers.end(), 0UL) << std::endl;
	return report_summary();
}
