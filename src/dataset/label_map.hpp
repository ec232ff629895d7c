// Labels of other people's data to ours.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace undertone::dataset {

// What the labels of a data set are to be called. Labels are compared without regard to case and
// the white space around them. Immutable, thread-safe.
class LabelMap {
 public:
  LabelMap() = default;

  // "joyful=Happy,rage=Angry". Throws Error(kInvalidArgument) if it is not such a list or names a
  // label twice.
  static LabelMap parse(std::string_view text);

  // What the map says, else the label itself; in either case by its canonical name if it is a
  // spelling of one of the six.
  std::string apply(std::string_view label) const;

 private:
  std::map<std::string, std::string, std::less<>> names_;
};

}  // namespace undertone::dataset
