// Counts the words of standard input with a few threads and prints the most frequent.
#include <algorithm>
#include <cctype>
#include <exception>
#include <future>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

using Counts = std::map<std::string, unsigned>;

static Counts count(const std::string *begin, const std::string *end)
{
	Counts counts;

	for (const std::string *word = begin; word != end; ++word) {
		if (word->size() > 1000)
			throw std::length_error("a word of " + std::to_string(word->size()) + " letters");
		++counts[*word];
	}
	return counts;
}

static std::vector<std::string> read_words(std::istream &in)
{
	std::vector<std::string> words;

	for (std::string word; in >> word;) {
		std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
		words.push_back(word);
	}
	return words;
}

int main()
try {
	const std::vector<std::string> words = read_words(std::cin);
	const size_t threads = 4, share = words.size() / threads + 1;
	std::vector<std::future<Counts>> parts;
	Counts total;

	for (size_t start = 0; start < words.size(); start += share) {
		const std::string *begin = words.data() + start;
		const std::string *end = words.data() + std::min(start + share, words.size());
		parts.push_back(std::async(std::launch::async, count, begin, end));
	}
	for (auto &part : parts)
		for (const auto &entry : part.get())
			total[entry.first] += entry.second;

	std::vector<std::pair<std::string, unsigned>> sorted(total.begin(), total.end());
	std::stable_sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
	if (sorted.size() > 10)
		sorted.resize(10);
	for (const auto &entry : sorted)
		std::cout << entry.second << ' ' << entry.first << '\n';
	return 0;
} catch (const std::exception &error) {
	std::cerr << "wordcount: " << error.what() << '\n';
	return 1;
}
