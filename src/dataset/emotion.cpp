#include "dataset/emotion.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "dataset/ascii_text.hpp"

namespace undertone::dataset {
namespace {

struct Spelling {
  std::string_view text;  // lower case
  std::string_view emotion;
};

constexpr std::array kSpellings = {
    Spelling{"neutral", "Neutral"}, Spelling{"neu", "Neutral"}, Spelling{"neutrality", "Neutral"},

    Spelling{"happy", "Happy"},     Spelling{"hap", "Happy"},   Spelling{"happiness", "Happy"},
    Spelling{"joy", "Happy"},

    Spelling{"sad", "Sad"},         Spelling{"sadness", "Sad"},

    Spelling{"angry", "Angry"},     Spelling{"ang", "Angry"},   Spelling{"anger", "Angry"},

    Spelling{"fear", "Fear"},       Spelling{"fea", "Fear"},    Spelling{"fearful", "Fear"},
    Spelling{"scared", "Fear"},     Spelling{"afraid", "Fear"},

    Spelling{"disgust", "Disgust"}, Spelling{"dis", "Disgust"}, Spelling{"disgusted", "Disgust"}};

std::size_t rank(std::string_view label) {
  return static_cast<std::size_t>(std::find(kEmotions.begin(), kEmotions.end(), label) -
                                  kEmotions.begin());
}

}  // namespace

bool is_one_of_the_six(std::string_view label) { return rank(label) < kEmotions.size(); }

std::string normalize_emotion(std::string_view label) {
  const std::string_view text = trimmed(label);
  const std::string lower = lower_case(text);
  for (const Spelling& spelling : kSpellings) {
    if (spelling.text == lower) return std::string(spelling.emotion);
  }
  return std::string(text);
}

std::vector<std::size_t> display_order(const std::vector<std::string>& labels) {
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&labels](std::size_t a, std::size_t b) {
    return std::forward_as_tuple(rank(labels[a]), labels[a]) <
           std::forward_as_tuple(rank(labels[b]), labels[b]);
  });
  return order;
}

}  // namespace undertone::dataset
